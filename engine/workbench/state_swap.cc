#include "engine/workbench/state_swap.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/owner.h"

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

std::string old_dir(const std::string& data_dir) { return data_dir + "/state.old"; }
std::string plan_file(const std::string& dir) { return dir + "/rebuild.plan"; }

Status sync_path(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int failed = fd < 0 || ::fsync(fd) != 0 ? errno : 0;
  if (fd >= 0) ::close(fd);
  if (failed != 0) return fail(Code::io, "sync {}: {}", path, std::strerror(failed));
  return {};
}

Status remove_dir(const std::string& dir) {
  std::error_code error;
  fs::remove_all(dir, error);
  if (error) return fail(Code::io, "remove {}: {}", dir, error.message());
  return {};
}

Status move_dir(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return fail(Code::io, "move {} to {}: {}", from, to, std::strerror(errno));
}

/// What is left to do once the new state is in its place. The plan goes last: it says that this is not done yet.
Status clean_up(const std::string& data_dir) {
  for (const std::string& dir : {rebuild_dir(data_dir), old_dir(data_dir)}) {
    if (auto removed = remove_dir(dir); !removed) return removed;
  }
  ::unlink(plan_file(state_dir(data_dir)).c_str());
  return sync_path(data_dir);
}

/// For file systems without an exchange: between the two moves there is no data/state, and settle_state() undoes the
/// first.
Status move_twice(const std::string& data_dir) {
  if (auto removed = remove_dir(old_dir(data_dir)); !removed) return removed;
  if (auto moved = move_dir(state_dir(data_dir), old_dir(data_dir)); !moved) return moved;
  return move_dir(rebuild_dir(data_dir), state_dir(data_dir));
}

Status put_in_place(const std::string& data_dir) {
  if (!fs::exists(state_dir(data_dir))) return move_dir(rebuild_dir(data_dir), state_dir(data_dir));
  int exchanged =
      ::renameat2(AT_FDCWD, rebuild_dir(data_dir).c_str(), AT_FDCWD, state_dir(data_dir).c_str(), RENAME_EXCHANGE);
  if (exchanged == 0) return {};
  if (errno == EINVAL || errno == ENOSYS) return move_twice(data_dir);
  return fail(Code::io, "exchange {} and {}: {}", rebuild_dir(data_dir), state_dir(data_dir), std::strerror(errno));
}

}  // namespace

std::string state_dir(const std::string& data_dir) { return data_dir + "/state"; }
std::string rebuild_dir(const std::string& data_dir) { return data_dir + "/state.rebuild"; }

std::string read_plan(const std::string& data_dir) {
  std::ifstream in(plan_file(rebuild_dir(data_dir)), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Status begin_plan(const std::string& data_dir, const std::string& plan) {
  const std::string dir = rebuild_dir(data_dir);
  if (auto removed = remove_dir(dir); !removed) return removed;
  std::error_code error;
  fs::create_directories(dir, error);
  std::ofstream out(plan_file(dir), std::ios::binary);
  out << plan;
  out.close();
  if (error || !out) return fail(Code::io, "write {}: {}", plan_file(dir), std::strerror(errno));
  if (auto synced = sync_path(plan_file(dir)); !synced) return synced;
  // An interrupted one stays, and the engine must be able to remove it.
  if (auto given = give_to_owner_of(data_dir, dir); !given) return given;
  return sync_path(dir);
}

Status swap_state(const std::string& data_dir) {
  if (auto given = give_to_owner_of(data_dir, rebuild_dir(data_dir)); !given) return given;
  if (auto placed = put_in_place(data_dir); !placed) return placed;
  if (auto synced = sync_path(data_dir); !synced) return synced;
  return clean_up(data_dir);
}

Status set_aside_state(const std::string& data_dir, const std::string& place) {
  if (!fs::exists(state_dir(data_dir))) return {};
  const fs::path parent = fs::path(place).parent_path();
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) return fail(Code::io, "make {}: {}", parent.string(), error.message());
  for (const fs::path& made : {parent.parent_path(), parent}) {
    if (auto given = give_to_owner_of(data_dir, made.string()); !given) return given;
  }
  if (auto moved = move_dir(state_dir(data_dir), place); !moved) return moved;
  if (auto synced = sync_path(parent.string()); !synced) return synced;
  return sync_path(data_dir);
}

Status settle_state(const std::string& data_dir) {
  if (fs::exists(plan_file(state_dir(data_dir)))) return clean_up(data_dir);
  if (!fs::exists(old_dir(data_dir))) return {};
  if (fs::exists(state_dir(data_dir))) return remove_dir(old_dir(data_dir));
  if (auto moved = move_dir(old_dir(data_dir), state_dir(data_dir)); !moved) return moved;
  return sync_path(data_dir);
}

Status drop_rebuild(const std::string& data_dir) { return remove_dir(rebuild_dir(data_dir)); }

}  // namespace hookswitch
