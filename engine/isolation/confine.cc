#include "engine/isolation/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

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

constexpr std::array kDenied{SYS_socket,
                             SYS_execve,
                             SYS_execveat,
                             SYS_ptrace,
                             SYS_fork,
                             SYS_vfork,
                             SYS_process_vm_readv,
                             SYS_process_vm_writev,
                             SYS_kill,
                             SYS_unlink,
                             SYS_rename,
                             SYS_truncate,
                             SYS_creat,
                             SYS_mkdir,
                             SYS_chmod};

/// Says EPERM to the calls of kDenied and to opening a file for writing; a call of another architecture's ends it all.
void filter_calls() {
  constexpr auto kCall = offsetof(seccomp_data, nr), kArch = offsetof(seccomp_data, arch);
  constexpr auto kOpenFlags = offsetof(seccomp_data, args[2]);  // openat's
  constexpr auto kAllow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  constexpr auto kRefuse = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  std::vector<sock_filter> program{
      statement(BPF_LD | BPF_W | BPF_ABS, kArch), jump(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), statement(BPF_LD | BPF_W | BPF_ABS, kCall)};
  for (long call : kDenied) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    program.push_back(kRefuse);
  }
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, kOpenFlags));
  program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1));
  program.push_back(kRefuse);
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
