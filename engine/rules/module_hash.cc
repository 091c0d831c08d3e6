// hookswitch.hash: sha256, hmac_sha256, as lower-case hex.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "engine/base/hash.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/modules.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

int push_hash(lua_State* lua, const std::string& text) {
  lua_pushlstring(lua, text.data(), text.size());
  return 1;
}

int sha256(lua_State* lua) {
  const std::string_view text = Arguments::function(lua, "hash.sha256").text(1, "text");
  Sandbox::of(lua).charge(100 + text.size() / 16);
  return push_hash(lua, sha256_hex(text));
}

int hmac_sha256(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "hash.hmac_sha256");
  const std::string_view key = arguments.text(1, "key");
  const std::string_view text = arguments.text(2, "text");
  Sandbox::of(lua).charge(200 + text.size() / 16);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  return push_hash(lua, to_hex({reinterpret_cast<const char*>(digest), size}));
}

}  // namespace

void push_module_hash(lua_State* lua) {
  lua_newtable(lua);
  set_function<sha256>(lua, "sha256");
  set_function<hmac_sha256>(lua, "hmac_sha256");
  make_read_only(lua, "hookswitch.hash");
}

}  // namespace hookswitch
