#include "engine/cli/interrupted.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <initializer_list>

namespace hookswitch::cli {
namespace {

constexpr int kNice = 15;
constexpr int kIoWhoProcess = 1;  // ioprio_set(2) has no header
constexpr int kIoBestEffortLowest = (2 << 13) | 7;

volatile sig_atomic_t asked_to_stop = 0;

void on_signal(int) { asked_to_stop = 1; }

}  // namespace

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one finds the default again
  for (int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

bool interrupted() { return asked_to_stop != 0; }

// Where it is refused the verb is merely less polite. Idle (SCHED_IDLE) would be politer, but where others keep the
// processors busy such a verb hardly ever ends.
void give_way() {
  ::setpriority(PRIO_PROCESS, 0, kNice);
  ::syscall(SYS_ioprio_set, kIoWhoProcess, 0, kIoBestEffortLowest);
}

}  // namespace hookswitch::cli
