// `hookswitch fsck`: is what lies in the data directory whole?
#include "engine/fsck/fsck.h"

#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/progress.h"
#include "engine/config/config.h"

namespace hookswitch::cli {
namespace {

Json to_json(const FsckSummary& summary, const Json& findings) {
  return {{"ok", summary.findings() == 0},
          {"findings", findings},
          {"pages", summary.pages},
          {"records", summary.records},
          {"blobs", summary.blobs},
          {"rows", summary.rows},
          {"first_seq", summary.first_seq},
          {"last_seq", summary.last_seq},
          {"position", summary.position},
          {"log_findings", summary.log_findings},
          {"state_findings", summary.state_findings},
          {"blob_findings", summary.blob_findings},
          {"keys_missing", summary.keys_missing}};
}

void print(const FsckSummary& summary) {
  fmt::print("looked at {} pages, {} records, {} bodies and {} rows\n", grouped(summary.pages),
             grouped(summary.records), grouped(summary.blobs), grouped(summary.rows));
  if (summary.findings() == 0) {
    fmt::print("all is well: the log holds records {} to {}, the state has processed {}\n", summary.first_seq,
               summary.last_seq, summary.position);
    return;
  }
  fmt::print("{} findings\n", grouped(summary.findings()));
  if (summary.keys_missing > 0) {
    fmt::print(
        "{} of them only say that a key is missing: the data is sealed, and its key is not in the configuration as "
        "encryption.key or among encryption.retired_keys; put it there and look again before anything else\n",
        grouped(summary.keys_missing));
    return;
  }
  if (summary.log_other_format) {
    fmt::print("the log is another version's of this program: run the one that wrote it\n");
    return;
  }
  // Of another format the finding itself says what to do.
  const bool state_lost = summary.state_findings > 0 && !summary.state_other_format;
  if (state_lost && summary.first_seq > 1) {
    fmt::print(
        "the log is trimmed, so the whole state comes back from a backup only: hookswitch restore; hookswitch rebuild "
        "--partial makes what is left\n");
  } else if (state_lost && !summary.log_older) {
    fmt::print("the state can be made anew from the log: hookswitch rebuild\n");
  }
  if (summary.log_findings + summary.blob_findings > 0) {
    fmt::print("what the log has lost comes back from a backup only: hookswitch restore\n");
  }
}

int fsck(const Context& context, bool quick) {
  auto configured = data_dir_of(config_path(context));
  if (!configured) return report(configured.error());
  auto keys = encryption_of(config_path(context));
  if (!keys) return report(keys.error());
  const std::string& data_dir = *configured;
  SystemClock clock;
  auto blobs = Blobs::open_to_read(data_dir + "/blobs", *keys);
  Json findings = Json::array();
  Fsck check({.data_dir = data_dir,
              .clock = clock,
              .open_log = [&] { return Log::open_to_read(data_dir + "/log", *keys); },
              .blobs = *blobs,
              .keys = *keys,
              .quick = quick},
             [&](const Finding& finding) {
               context.json ? void(findings.push_back(finding.to_json())) : fmt::print("{}\n", finding.text());
             });
  auto summary = check.run();
  if (!summary) return report(summary.error());
  context.json ? void(print_json(to_json(*summary, findings))) : print(*summary);
  return summary->findings() == 0 ? kDone : kFailed;
}

}  // namespace

void add_fsck(Verb& program, const Context& context) {
  auto verb = program.add_verb("fsck", "is the data whole? names what is not, changes nothing");
  verb.footer("The engine may run. Exit code 1 when something is wrong.\nExample: hookswitch fsck --json");
  auto quick = std::make_shared<bool>(false);
  verb.add_flag("--quick", *quick, "look whether large bodies are there, and do not read them");
  verb.runs([&context, quick] { return fsck(context, *quick); });
}

}  // namespace hookswitch::cli
