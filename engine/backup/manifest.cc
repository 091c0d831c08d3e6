#include "engine/backup/manifest.h"

#include <charconv>

#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/log/blob_files.h"

namespace hookswitch {
namespace {

constexpr int kManifestFormat = 1;

Json to_json(const FileSum& sum, std::string_view file) {
  return {{"file", file}, {"bytes", sum.bytes}, {"sha256", sum.sha256}};
}

FileSum sum_of(const Json& json) { return {json.at("bytes").get<uint64_t>(), json.at("sha256").get<std::string>()}; }

Json to_json(const Manifest& manifest) {
  Json out{{"format", kManifestFormat},
           {"made_by", manifest.made_by},
           {"made_ms", manifest.made_ms},
           {"made_at", rfc3339(manifest.made_ms)},
           {"first_seq", manifest.first_seq()},
           {"last_seq", manifest.last_seq()},
           {"mark", {manifest.mark.first, manifest.mark.count, manifest.mark.time_ms}},
           {"log_keys", manifest.log_keys},
           {"rewritten", manifest.rewritten ? Json(*manifest.rewritten) : Json()},
           {"log", Json::array()},
           {"states", Json::array()},
           {"blobs", Json::array()}};
  for (const BackupSegment& segment : manifest.log) {
    Json& row = out["log"].emplace_back(to_json(segment.sum, segment.file));
    row["first"] = segment.first;
    row["last"] = segment.last;
  }
  for (const BackupState& state : manifest.states) {
    Json& row = out["states"].emplace_back(to_json(state.sum, state.file));
    row["position"] = state.position;
    row["made_ms"] = state.made_ms;
  }
  for (const BackupBlobs& blobs : manifest.blobs) {
    Json& row = out["blobs"].emplace_back(to_json(blobs.sum, blobs.file));
    row["count"] = blobs.count;
    row["blob_bytes"] = blobs.bytes;
  }
  return out;
}

Manifest from_json(const Json& json) {
  Manifest out;
  out.made_by = json.at("made_by").get<std::string>();
  out.made_ms = json.at("made_ms").get<int64_t>();
  const Json& mark = json.at("mark");
  out.mark = {mark.at(0).get<uint64_t>(), mark.at(1).get<uint32_t>(), mark.at(2).get<int64_t>()};
  out.log_keys = json.at("log_keys").get<LogStore::SealingKeys>();
  if (const auto rewritten = json.find("rewritten"); rewritten != json.end() && !rewritten->is_null())
    out.rewritten = rewritten->get<uint64_t>();
  for (const Json& row : json.at("log")) {
    out.log.push_back({row.at("file").get<std::string>(), sum_of(row), row.at("first").get<uint64_t>(),
                       row.at("last").get<uint64_t>()});
  }
  for (const Json& row : json.at("states")) {
    out.states.push_back({row.at("file").get<std::string>(), sum_of(row), row.at("position").get<uint64_t>(),
                          row.at("made_ms").get<int64_t>()});
  }
  for (const Json& row : json.at("blobs")) {
    out.blobs.push_back({row.at("file").get<std::string>(), sum_of(row), row.at("count").get<uint64_t>(),
                         row.at("blob_bytes").get<uint64_t>()});
  }
  return out;
}

std::optional<BackupBlob> parse_blob_line(std::string_view line) {
  constexpr size_t kHash = 64;
  BackupBlob out;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out.sum.bytes);
  if (error != std::errc()) return std::nullopt;
  line.remove_prefix(static_cast<size_t>(end - line.data()));
  if (line.size() != 2 + 2 * kHash || line[0] != ' ' || line[1 + kHash] != ' ') return std::nullopt;
  out.sum.sha256 = line.substr(1, kHash);
  out.name = line.substr(2 + kHash);
  if (!is_blob_name(out.name)) return std::nullopt;
  return out;
}

}  // namespace

Result<std::optional<Manifest>> read_manifest(const std::string& path) {
  auto text = read_text(path);
  if (!text && text.error().code == Code::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  Json json = parse_json(*text);
  if (!json.is_object()) return fail(Code::corrupt, "read {}: it is no JSON object", path);
  try {
    const std::string sum = json.at("check").get<std::string>();
    json.erase("check");
    if (json.at("format").get<int>() != kManifestFormat) {
      return fail(Code::conflict, "read {}: found format {}, this program reads {}", path, json.at("format").dump(),
                  kManifestFormat);
    }
    if (sha256_hex(dump(json)) != sum) return fail(Code::corrupt, "read {}: it does not match its own checksum", path);
    return from_json(json);
  } catch (const Json::exception& error) {
    return fail(Code::corrupt, "read {}: {}", path, error.what());
  }
}

Status write_manifest(const std::string& path, const Manifest& manifest) {
  Json json = to_json(manifest);
  json["check"] = sha256_hex(dump(json));
  auto written = write_file(path, json.dump(1) + "\n");
  if (!written) return std::unexpected(written.error());
  return {};
}

std::string encode_blob_line(const BackupBlob& blob) {
  return fmt::format("{} {} {}\n", blob.sum.bytes, blob.sum.sha256, blob.name);
}

Result<std::vector<BackupBlob>> read_blob_list(const std::string& path) {
  auto text = read_text(path);
  if (!text) return std::unexpected(text.error());
  std::vector<BackupBlob> out;
  for (std::string_view left = *text; !left.empty();) {
    const size_t end = left.find('\n');
    auto blob = parse_blob_line(left.substr(0, end));
    if (!blob || end == std::string_view::npos) {
      return fail(Code::corrupt, "read {}:{}: expected bytes, SHA-256 and name of a blob", path, out.size() + 1);
    }
    out.push_back(std::move(*blob));
    left.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace hookswitch
