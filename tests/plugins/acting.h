// What the tests of acting and listing share: sources that can, answers, and requests held against the vendors'
// OpenAPI.
#pragma once

#include <string>
#include <string_view>

#include "engine/providers/provider.h"
#include "tests/plugins/support.h"

namespace hookswitch::test {

constexpr const char* kActionId = "axn_0123456789abcdef01234567";
constexpr int64_t kMadeMs = 1'766'000'000'000;  // 2025-12-17T19:33:20Z

/// Sources with an account, for `provider`; `more` is added to the settings.
std::shared_ptr<Source> acting_source(const std::string& provider, const nlohmann::json& more = {});

/// One action, and what is asked about it.
struct Acted {
  std::string type = "call";
  nlohmann::json params = {{"to", "+15558675310"}};
  int64_t now_ms = kMadeMs + 60'000;
  std::string cursor = "";

  Result<HttpRequest> build(const Source& source) const;
  ActionOutcome parse(const Source& source, int status, std::string_view body, const HeaderList& headers = {}) const;
  Result<HttpRequest> reconcile(const Source& source) const;
  ActionOutcome match(const Source& source, int status, std::string_view body) const;

 private:
  std::string params_text() const { return params.dump(); }
  ActionView view(const std::string& params_text) const;
};

/// "" when the request is one that the vendor's OpenAPI document describes.
std::string complaint(const std::string& provider, const HttpRequest& request);

std::string_view header(const HttpRequest& request, std::string_view name);
/// The parameters of a form or of a URL's query, decoded, as "name=value" each.
std::vector<std::string> form_params(std::string_view encoded);
bool has_param(std::string_view encoded, const std::string& param);
std::string query_of(const std::string& url);

const char* name(ActionOutcome::Kind kind);

}  // namespace hookswitch::test
