#include "engine/isolation/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "engine/isolation/bounds.h"

namespace hookswitch {

namespace {

constexpr rlim_t kDescriptors = 32;

void bound(__rlimit_resource what, rlim_t to) {
  const rlimit limit{to, to};
  ::setrlimit(what, &limit);
}

/// Sanitizers reserve more address space than there is memory.
constexpr bool sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#else
  return false;
#endif
}

#ifdef __x86_64__

constexpr sock_filter statement(uint16_t code, uint32_t value) { return {code, 0, 0, value}; }
constexpr sock_filter jump(uint16_t code, uint32_t value, uint8_t when_true, uint8_t when_false) {
  return {code, when_true, when_false, value};
}

// Network, programs, other processes and what is shared with them, and every way to a file but reading it.
// clang-format off
constexpr std::array kDenied{
    SYS_socket, SYS_socketpair, SYS_execve, SYS_execveat, SYS_fork, SYS_vfork, SYS_ptrace, SYS_process_vm_readv,
    SYS_process_vm_writev, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_tkill, SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo, SYS_open, SYS_openat2, SYS_creat, SYS_truncate, SYS_unlink, SYS_unlinkat, SYS_rename,
    SYS_renameat, SYS_renameat2, SYS_link, SYS_linkat, SYS_symlink, SYS_symlinkat, SYS_mkdir, SYS_mkdirat, SYS_rmdir,
    SYS_mknod, SYS_mknodat, SYS_chmod, SYS_fchmod, SYS_fchmodat, SYS_chown, SYS_fchown, SYS_lchown, SYS_fchownat,
    SYS_utime, SYS_utimes, SYS_futimesat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr,
    SYS_lremovexattr, SYS_fremovexattr, SYS_io_uring_setup, SYS_bpf, SYS_mount, SYS_unshare, SYS_setns,
    SYS_userfaultfd, SYS_pidfd_getfd, SYS_kcmp, SYS_process_madvise, SYS_move_pages, SYS_migrate_pages,
    SYS_setpriority, SYS_ioprio_set, SYS_sched_setparam, SYS_sched_setscheduler, SYS_sched_setattr,
    SYS_sched_setaffinity, SYS_setpgid, SYS_mq_open, SYS_shmget, SYS_msgget, SYS_semget, SYS_add_key, SYS_keyctl,
    SYS_request_key, SYS_perf_event_open};
// clang-format on

constexpr uint32_t kOtherNumbers = 0x40000000;  // from here on the same calls again, for programs of the x32 kind

constexpr sock_filter kAllow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
constexpr sock_filter refuse(uint32_t error) { return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error); }

using Filter = std::vector<sock_filter>;

void deny(Filter& program, long call, uint32_t error = EPERM) {
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
  program.push_back(refuse(error));
}

/// A call whose first argument has to be `test`: BPF_JEQ, equal to `value`, or BPF_JSET, with any of its bits.
void allow_only(Filter& program, long call, uint16_t test, uint32_t value) {
  constexpr auto kArgument = offsetof(seccomp_data, args[0]);
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 4));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, kArgument));
  program.push_back(jump(BPF_JMP | test | BPF_K, value, 0, 1));
  program.push_back(kAllow);
  program.push_back(refuse(EPERM));
}

/// Says EPERM to the calls of kDenied, to what is done to other processes, to new ones and to opening a file for
/// writing; a call of another architecture's ends it all. A thread is no process: clone may make one, and the C library
/// asks clone when clone3, whose flags no filter sees, is not there.
void filter_calls() {
  constexpr auto kCall = offsetof(seccomp_data, nr), kArch = offsetof(seccomp_data, arch);
  constexpr auto kOpenFlags = offsetof(seccomp_data, args[2]);  // openat's
  const auto itself = static_cast<uint32_t>(::getpid());
  Filter program{
      statement(BPF_LD | BPF_W | BPF_ABS, kArch),           jump(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), statement(BPF_LD | BPF_W | BPF_ABS, kCall),
      jump(BPF_JMP | BPF_JGE | BPF_K, kOtherNumbers, 0, 1), statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  for (long call : kDenied) deny(program, call);
  deny(program, SYS_clone3, ENOSYS);
  allow_only(program, SYS_kill, BPF_JEQ, itself);
  allow_only(program, SYS_tgkill, BPF_JEQ, itself);  // abort() is such a signal
  allow_only(program, SYS_prlimit64, BPF_JEQ, 0);
  allow_only(program, SYS_clone, BPF_JSET, CLONE_THREAD);
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, kOpenFlags));
  program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1));
  program.push_back(refuse(EPERM));
  program.push_back(kAllow);
  const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0);
}

#else

void filter_calls() {}

#endif

}  // namespace

void confine_process() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  bound(RLIMIT_CORE, 0);
  bound(RLIMIT_NOFILE, kDescriptors);
  if (sanitized()) return;
  bound(RLIMIT_AS, limits::kPluginMemoryBytes);
  filter_calls();
}

void hide_memory() { ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace hookswitch
