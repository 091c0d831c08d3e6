// What a process that holds a plugin gives up before the plugin's code runs.
#pragma once

namespace hookswitch {

/// No new privileges, no core with secrets in it, a bounded address space, few descriptors, and, where the system has
/// system call filters, no network, no other programs and no files to be written. What the system does not offer is
/// left out: a plugin is careless, not hostile, and most of all these keep its mistakes small.
void confine_process();

/// After the plugin is loaded: nobody else of the same user may look into the process, which knows secrets.
void hide_memory();

}  // namespace hookswitch
