// Ctrl-C and SIGTERM as a question that a long verb asks now and then, so that it can end in order.
#pragma once

namespace hookswitch::cli {

/// From now on the two signals do not end the process; a second one does.
void catch_interrupts();
bool interrupted();

/// Lets everybody else go first: for verbs that work beside a live engine.
void give_way();

}  // namespace hookswitch::cli
