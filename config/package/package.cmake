# Where things go when installed, and the Debian package: `scripts/package`.
set(etc /etc/hookswitch)
install(TARGETS hookswitch RUNTIME DESTINATION bin)
install(DIRECTORY ${CMAKE_BINARY_DIR}/plugins/ DESTINATION lib/hookswitch/plugins FILES_MATCHING PATTERN "*.so"
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
        PATTERN "example.so" EXCLUDE PATTERN "CMakeFiles" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/engine/abi/provider.h DESTINATION include/hookswitch)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/rules/ DESTINATION ${etc}/rules)
install(FILES ${PROJECT_SOURCE_DIR}/config/package/hookswitch.yaml DESTINATION ${etc})
install(FILES ${PROJECT_SOURCE_DIR}/config/systemd/hookswitch.service ${PROJECT_SOURCE_DIR}/config/systemd/hookswitch.socket
        DESTINATION /lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION share/doc/hookswitch)
install(FILES ${PROJECT_SOURCE_DIR}/config/prometheus/alerts.yaml ${PROJECT_SOURCE_DIR}/config/grafana/dashboard.json
              ${PROJECT_SOURCE_DIR}/config/hookswitch.yaml
        DESTINATION share/doc/hookswitch/examples)

# What people edit is theirs: an upgrade asks before it replaces it.
file(GLOB_RECURSE rules RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rules/*)
list(TRANSFORM rules PREPEND ${etc}/)
list(JOIN rules "\n" conffiles)
file(WRITE ${CMAKE_BINARY_DIR}/package/conffiles "${etc}/hookswitch.yaml\n${conffiles}\n")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hookswitch)
set(CPACK_PACKAGE_CONTACT "Hookswitch <hookswitch@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "engine for the webhooks of voice calls")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Takes the webhooks of voice agents and telephony, keeps every one it said yes to,
 and turns them into calls, KPIs, activity and callbacks by rules written in Lua.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/config/package/postinst;${PROJECT_SOURCE_DIR}/config/package/prerm;${PROJECT_SOURCE_DIR}/config/package/postrm;${CMAKE_BINARY_DIR}/package/conffiles")
include(CPack)
