// `hookswitch backup`: a consistent copy of the data directory, while the engine serves or while it does not.
#include "engine/backup/backup.h"

#include <fmt/format.h>

#include <memory>

#include "engine/cli/engine.h"
#include "engine/cli/interrupted.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/progress.h"
#include "engine/fsck/fsck.h"

namespace hookswitch::cli {
namespace {

struct BackupWish {
  std::string dest;
  size_t states = kBackupStatesKept;
};

Result<BackupSummary> run(const std::string& data_dir, const BackupWish& wish) {
  auto lock = DataLock::take(wish.dest);
  if (!lock && lock.error().code == Code::conflict) {
    return fail(Code::conflict, "back up to {}: another backup into it is being made", wish.dest);
  }
  if (!lock) return std::unexpected(lock.error());
  // LMDB trusts its pages: what is damaged, or cut off, may end the process that copies it.
  for (const char* store : {"/log", "/state"}) {
    auto sound = check_store_beside(data_dir + store);
    if (!sound && sound.error().code == Code::corrupt)
      return wrap(sound.error(), "back up: the data is damaged, `hookswitch fsck` names all that is wrong");
  }
  SystemClock clock;
  Progress progress("backup");
  Backup backup({.data_dir = data_dir,
                 .dest = wish.dest,
                 .clock = clock,
                 .made_by = std::string("hookswitch ") + HOOKSWITCH_VERSION,
                 .states_kept = wish.states});
  return backup.run([&](uint64_t done, uint64_t of) {
    progress.show(done, of);
    return !interrupted();
  });
}

Json to_json(const BackupSummary& summary) {
  return {{"records", summary.records},     {"blobs", summary.blobs},       {"bytes", summary.bytes},
          {"first_seq", summary.first_seq}, {"last_seq", summary.last_seq}, {"position", summary.position},
          {"went_on", summary.went_on},     {"warnings", summary.warnings}};
}

int print(const BackupSummary& summary, const std::string& dest) {
  for (const std::string& line : summary.warnings) fmt::print("warning: {}\n", line);
  fmt::print("{} new records, {} new bodies, {} bytes written; {} now holds records {} to {}\n",
             grouped(summary.records), grouped(summary.blobs), grouped(summary.bytes), dest, summary.first_seq,
             summary.last_seq);
  return kDone;
}

int backup(const Context& context, const BackupWish& wish) {
  auto data_dir = data_dir_of(config_path(context));
  if (!data_dir) return report(data_dir.error());
  catch_interrupts();
  auto summary = run(*data_dir, wish);
  if (!summary) return report(summary.error());
  return context.json ? print_json(to_json(*summary)) : print(*summary, wish.dest);
}

}  // namespace

void add_backup(Verb& program, const Context& context) {
  auto verb = program.add_verb("backup", "a consistent copy of the data, while the engine serves");
  verb.footer(
      "A directory that holds a backup already gets only what is new, and everything anew once something was erased "
      "here. What expires here stays in it, and what is erased in other directories: begin a new one now and then, "
      "and remove the old one.\n"
      "Example: hookswitch backup /mnt/backup/2026-11");
  auto wish = std::make_shared<BackupWish>();
  verb.add_option("dest", wish->dest, "directory; made when it is missing").required();
  verb.add_option("--states", wish->states, "how many copies of the state are kept there").in_range(1, 1000);
  verb.runs([&context, wish] { return backup(context, *wish); });
}

}  // namespace hookswitch::cli
