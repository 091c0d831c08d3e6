// What a process that holds a plugin gives up before the plugin's code runs.
#pragma once

namespace hookswitch {

/// No new privileges, no core with secrets in it, a bounded address space, few descriptors, and, where the system has
/// system call filters, no network, no other programs or processes and no files to be written or changed. What the system does not offer is
/// left out: a plugin is careless, not hostile, and most of all these keep its mistakes small.
void confine_process();

/// Nobody else of the same user may look into this process, which knows secrets, nor into its environment; it leaves no
/// core. A plugin's own process once the plugin is loaded, and the one that starts such processes.
void hide_memory();

}  // namespace hookswitch
