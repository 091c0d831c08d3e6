#include "engine/doctor/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>

#include "engine/base/limits.h"
#include "engine/base/nearest.h"
#include "engine/doctor/address_changes.h"
#include "engine/doctor/body_changes.h"

namespace hookswitch {
namespace {

constexpr size_t kAttemptBytes = 1'000;  // what an attempt costs beside its body

const KnownSource* find_known(const Surroundings& around, const std::string& name) {
  auto found = std::ranges::find(around.known, name, &KnownSource::name);
  return found == around.known.end() ? nullptr : &*found;
}

/// Whole numbers in headers that may be a time, in ms: of ten digits (seconds) or thirteen.
std::vector<int64_t> times_in(const HeaderList& headers) {
  std::vector<int64_t> out;
  for (const auto& [name, value] : headers) {
    for (size_t at = 0; at < value.size();) {
      size_t end = at;
      while (end < value.size() && std::isdigit(static_cast<unsigned char>(value[end])) != 0) ++end;
      bool alone = at == 0 || std::isalnum(static_cast<unsigned char>(value[at - 1])) == 0;
      if (alone && (end - at == 10 || end - at == 13)) {
        int64_t number = std::strtoll(value.substr(at, end - at).c_str(), nullptr, 10);
        out.push_back(end - at == 10 ? number * 1000 : number);
      }
      at = std::max(end, at + 1);
    }
  }
  return out;
}

std::string without_blanks(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::string with_line_end(const std::string& text) { return text + "\n"; }

/// A text, or each of a list, written otherwise.
Json rewritten(Json value, std::string (*how)(const std::string&)) {
  if (value.is_string()) return how(value.get_ref<const std::string&>());
  if (value.is_array()) {
    for (Json& one : value) one = rewritten(std::move(one), how);
  }
  return value;
}

class Examination {
 public:
  Examination(const RefusedDelivery& refusal, const Surroundings& around)
      : refusal_(refusal), around_(around), as_is_(attempt_of(refusal, around)) {}

  Diagnosis run() {
    if (!as_is_.source) return no_source();
    Verdict now = as_is_.verdict();
    if (refusal_.whole() && now.kind != Verdict::Kind::refuse) {
      return {.accepted_now = true, .found = true, .advice = "It would be accepted now: redrive it."};
    }
    if (!refusal_.whole()) return not_whole();
    collect();
    if (auto found = try_one()) return *found;
    if (auto found = try_blanks()) return *found;
    if (auto found = try_two()) return *found;
    return unknown(now, "No setting that was tried accepts it");
  }

 private:
  /// What the plugin would say of it without its body is not what was wrong with it.
  Diagnosis not_whole() const {
    std::string why = refusal_.why_not_whole();
    why.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(why.front())));
    if (refusal_.of_unknown_source()) return {.advice = why + "."};
    const Verdict then{.code = refusal_.code, .reason = refusal_.reason, .status = refusal_.status};
    return unknown(then, why + ", so nothing could be tried. It was refused");
  }

  Diagnosis no_source() const {
    std::vector<std::string> names;
    for (const KnownSource& known : around_.known) names.push_back(known.name);
    return {.found = false,
            .advice = fmt::format("There is no source {}{}: correct the address at the provider, or name a source so.",
                                  refusal_.source, suggestion(refusal_.source, names)) +
                      (refusal_.whole() ? "" : " What came for it is lost: its body is not kept."),
            .setting = "sources"};
  }

  void collect() {
    add_time_changes();
    add_source_changes();
    for (Change& change : type_changes(refusal_)) changes_.push_back(std::move(change));
    if (address_matters(as_is_)) {
      std::vector<std::string> paths{"/hooks/" + refusal_.source + (refusal_.kind.empty() ? "" : "/" + refusal_.kind)};
      auto [begin, end] = around_.paths.equal_range(refusal_.source);
      for (auto each = begin; each != end; ++each) paths.push_back(each->second);
      KnownAddresses known{around_.public_url, around_.listen, std::move(paths)};
      for (Change& change : address_changes(refusal_, known)) changes_.push_back(std::move(change));
    }
    for (Change& change : body_changes(refusal_)) changes_.push_back(std::move(change));
  }

  /// Does its source sign otherwise for another address? Where it cannot sign, that may be.
  static bool address_matters(const Attempt& here) {
    if (!here.source->can_sign()) return true;
    auto signature = [](const Attempt& attempt) {
      DeliveryRequest request;
      request.url = attempt.url;
      request.kind = attempt.kind;
      request.headers = &attempt.headers;
      request.body = attempt.body;
      request.now_ms = attempt.now_ms;
      return attempt.source->sign(request);
    };
    Attempt other = here;
    other.url += "/other";
    auto one = signature(here), two = signature(other);
    return !one || !two || one->headers != two->headers;
  }

  void add_time_changes() {
    for (int64_t time_ms : times_in(refusal_.headers)) {
      changes_.push_back({ChangedPart::time, [time_ms](Attempt& attempt) { attempt.now_ms = time_ms; }, "", "", ""});
    }
  }

  void add_source_changes() {
    for (const KnownSource& known : around_.known) {
      auto source = known.name == refusal_.source ? nullptr : around_.sources.find(known.name);
      if (!source) continue;
      auto put = [source](Attempt& attempt) { attempt.source = source; };
      changes_.push_back(
          {ChangedPart::source, put,
           fmt::format("It is authentic for source {}: its address at the provider should be /hooks/{} and "
                       "is {}.",
                       known.name, known.name, refusal_.path()),
           "", ""});
    }
  }

  /// False when all that may be spent on one delivery is spent.
  bool afford() {
    spent_ += as_is_.body.size() + kAttemptBytes;
    return spent_ <= limits::kDiagnosisBytes;
  }

  std::optional<Diagnosis> try_one() {
    for (const Change& change : changes_) {
      Attempt attempt = as_is_;
      change.apply(attempt);
      if (!afford()) return std::nullopt;
      if (attempt.accepted()) return explain({&change});
    }
    return std::nullopt;
  }

  /// What is copied with a secret: here it is taken away, and what the provider may have is added.
  std::optional<Diagnosis> try_blanks() {
    const KnownSource* ours = find_known(around_, refusal_.source);
    if (ours == nullptr) return std::nullopt;
    for (const auto& [key, value] : ours->settings.items()) {
      const std::string setting = fmt::format("sources.{}.{}", ours->name, key);
      for (auto* how : {without_blanks, with_line_end}) {
        KnownSource other = *ours;
        other.settings[key] = rewritten(value, how);
        if (other.settings[key] == value || !afford() || !accepts_with(other, as_is_)) continue;
        return Diagnosis{.found = true,
                         .advice = how == with_line_end
                                       ? fmt::format("It was signed with {} and a line end behind it: enter the secret "
                                                     "at the provider without one.",
                                                     setting)
                                       : fmt::format("It is authentic once the blanks and line ends around {} are "
                                                     "taken away.",
                                                     setting),
                         .setting = setting,
                         .value = ""};
      }
    }
    return std::nullopt;
  }

  std::optional<Diagnosis> try_two() {
    for (size_t i = 0; i < changes_.size(); ++i) {
      for (size_t j = i + 1; j < changes_.size(); ++j) {
        if (!go_together(changes_[i], changes_[j])) continue;
        Attempt attempt = as_is_;
        changes_[i].apply(attempt);
        changes_[j].apply(attempt);
        if (!afford()) return std::nullopt;
        if (attempt.accepted()) return explain({&changes_[i], &changes_[j]});
      }
    }
    return std::nullopt;
  }

  /// Of one part each, and not both rare: who signs the address signs no bytes that are written anew, nor the time.
  static bool go_together(const Change& one, const Change& other) {
    auto either = [&](ChangedPart part) { return one.part == part || other.part == part; };
    if (one.part == other.part) return false;
    return !either(ChangedPart::address) || either(ChangedPart::source) || either(ChangedPart::content_type);
  }

  Diagnosis explain(const std::vector<const Change*>& applied) {
    Diagnosis out{.found = true};
    Attempt accepted = as_is_;
    for (const Change* change : applied) change->apply(accepted);
    for (const Change* change : applied) {
      Change said = *change;
      if (change->part == ChangedPart::time) said = explain_time(accepted);
      if (change->part == ChangedPart::source) said = explain_source(accepted, *change);
      out.advice += (out.advice.empty() ? "" : " ") + said.advice;
      if (!out.setting.empty() || said.setting.empty()) continue;
      out.setting = said.setting;
      out.value = said.value;
    }
    return out;
  }

  /// The same account as ours but for one secret, or truly another source?
  Change explain_source(const Attempt& accepted, const Change& change) {
    Change out = change;
    const KnownSource* ours = find_known(around_, refusal_.source);
    const KnownSource* theirs = find_known(around_, accepted.source->name());
    if (ours == nullptr || theirs == nullptr || ours->provider != theirs->provider) return out;
    for (const auto& [key, value] : theirs->settings.items()) {
      KnownSource mixed = *ours;
      if (mixed.settings.value(key, Json()) == value) continue;
      mixed.settings[key] = value;
      if (!accepts_with(mixed, accepted)) continue;
      out.setting = fmt::format("sources.{}.{}", ours->name, key);
      out.advice = fmt::format(
          "It was signed with the {} of source {}: let the provider send it to /hooks/{}, or add that secret to {} (of "
          "a "
          "list any may match).",
          key, theirs->name, theirs->name, out.setting);
      return out;
    }
    return out;
  }

  bool accepts_with(const KnownSource& settings, const Attempt& like) const {
    auto made = around_.make_source(settings);
    if (!made) return false;
    Attempt attempt = like;
    attempt.source = *made;
    return attempt.accepted();
  }

  /// By how much the clocks differ, and which setting would bear it.
  Change explain_time(const Attempt& accepted) const {
    int64_t late_secs = (refusal_.time_ms - accepted.now_ms) / 1000;
    Change out{ChangedPart::time, {}, "", "", ""};
    out.advice = late_secs >= 0
                     ? fmt::format("It was signed {} s before it arrived.", late_secs)
                     : fmt::format("It was signed {} s after it arrived, by this machine's clock: set the clock right.",
                                   -late_secs);
    const KnownSource* ours = find_known(around_, refusal_.source);
    if (ours == nullptr) return out;
    int64_t bearable = std::abs(late_secs) + 60;
    for (const std::string& key : around_.number_settings(ours->provider)) {
      KnownSource tolerant = *ours;
      tolerant.settings[key] = bearable;
      Attempt then = accepted;
      then.now_ms = refusal_.time_ms;
      if (!accepts_with(tolerant, then)) continue;
      out.setting = fmt::format("sources.{}.{}", ours->name, key);
      out.value = std::to_string(bearable);
      out.advice += fmt::format(" It is accepted with {}: {}.", out.setting, bearable);
      return out;
    }
    return out;
  }

  /// Nothing helped: what the plugin says, and what can be seen from outside.
  Diagnosis unknown(const Verdict& verdict, const std::string& before) const {
    Diagnosis out;
    out.advice = before + ": " + verdict.reason + ".";
    if (auto other = looks_like(verdict)) {
      const char* why = address_matters(*other) ? "for another address than this one or with a secret that"
                                                : "whose secret";
      out.advice += fmt::format(" It looks like a delivery of {}, {} none of the sources has.",
                                other->source->provider(), why);
    }
    if (verdict.code.starts_with("missing_")) {
      std::vector<std::string> names = refusal_.other_headers;
      for (const auto& header : refusal_.headers) names.push_back(header.first);
      out.advice += fmt::format(" It came with the headers {}: does a proxy take one away?", fmt::join(names, ", "));
    }
    out.setting = named_setting(verdict.reason);
    return out;
  }

  /// The delivery with a source whose provider finds its signature there, where ours finds none.
  std::optional<Attempt> looks_like(const Verdict& ours) const {
    if (!ours.code.starts_with("missing_") && ours.status != 415) return std::nullopt;
    for (const KnownSource& known : around_.known) {
      auto source = known.provider == as_is_.source->provider() ? nullptr : around_.sources.find(known.name);
      if (!source) continue;
      Attempt attempt = as_is_;
      attempt.source = source;
      if (attempt.verdict().code == "signature_mismatch") return attempt;
    }
    return std::nullopt;
  }

  /// The setting that the plugin's sentence names.
  std::string named_setting(const std::string& reason) const {
    const KnownSource* ours = find_known(around_, refusal_.source);
    if (ours != nullptr) {
      for (const auto& [key, value] : ours->settings.items()) {
        if (reason.find(key) != std::string::npos) return fmt::format("sources.{}.{}", ours->name, key);
      }
    }
    return "";
  }

  const RefusedDelivery& refusal_;
  const Surroundings& around_;
  const Attempt as_is_;
  std::vector<Change> changes_;
  size_t spent_ = 0;
};

}  // namespace

Attempt attempt_of(const RefusedDelivery& refusal, const Surroundings& around) {
  return {.source = around.sources.find(refusal.source),
          .method = refusal.method,
          .url = around.public_url + refusal.target,
          .target = refusal.target,
          .kind = refusal.kind,
          .body = refusal.body,
          .peer = refusal.peer,
          .headers = refusal.headers,
          .now_ms = refusal.time_ms};
}

Diagnosis diagnose(const RefusedDelivery& refusal, const Surroundings& around) {
  return Examination(refusal, around).run();
}

}  // namespace hookswitch
