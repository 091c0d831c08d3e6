// One function per part of the configuration file: reads it into its struct and reports what is wrong with it.
#pragma once

#include "engine/config/config.h"
#include "engine/config/section.h"

namespace hookswitch {

void read_listen(Section section, ListenConfig& listen);
void read_public_url(Section& root, const ListenConfig& listen, std::string& public_url);
void read_data_dir(Section& root, std::string& data_dir);
void read_rules(Section section, RulesConfig& rules);
void read_trace(Section section, TraceConfig& trace);
void read_sources(Section section, ReadContext context, std::vector<SourceConfig>& sources);
void read_routes(std::vector<Section> items, std::vector<RouteConfig>& routes);
void read_tenants(std::vector<Section> items, std::vector<TenantConfig>& tenants);
void read_calling(Section section, CallingConfig& calling);
void read_window(Section section, Window& window);
void read_holidays(Section& section, Holidays& holidays);
/// `config` has its sources and what is said of calling already.
void read_outbound(Section section, Config& config);
/// `data_dir` holds files of the engine that no sink may write.
void read_sinks(Section section, const std::string& data_dir, std::map<std::string, SinkConfig>& sinks);
void read_syncs(Section section, const std::vector<SourceConfig>& sources, std::map<std::string, SyncConfig>& syncs);
void read_recordings(Section section, RecordingsConfig& recordings);
void read_retention(Section section, RetentionConfig& retention);
void read_encryption(Section section, std::shared_ptr<const Keys>& keys);
void read_jwt(Section section, std::optional<JwtConfig>& jwt);
void read_api(Section section, ApiConfig& api);
void read_rates(Section section, RatesConfig& rates);
void read_limits(Section section, LimitsConfig& limits);
void read_log(Section section, LogConfig& log);

/// A name of sources and sinks: a-z 0-9 _ -, not too long.
bool is_source_name(const std::string& name);

/// Reports a key of the section that is no source's name.
void check_source(Section& section, const std::string& name, const std::vector<SourceConfig>& sources);

/// What only shows when all parts are read: references between sources, routes and tenants, and things said twice.
void check_references(const Config& config, Issues& issues);

/// Any YAML as JSON, references resolved. A quoted scalar is a text; a plain one may be null, a boolean or a number,
/// but what begins with '+' or a leading zero (phone numbers, ids) stays a text.
Json yaml_to_json(const YAML::Node& node, ReadContext context, const std::string& name);

}  // namespace hookswitch
