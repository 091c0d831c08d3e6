// The form of a recording: what a program wrote, synced and sent, one event after another, as write_recorder.c leaves
// it.
//
// Plain C, because the recorder is. A recording is a sequence of: struct recorded_event, `text_bytes` of text (no
// ending zero), `data_bytes` of data.
#pragma once

#include <stdint.h>

enum recorded_kind {
  recorded_make_file = 1,  // text: path; `file` is its inode
  recorded_make_dir,       // the same
  recorded_write,          // `file`, `offset`, data; done, but nobody has synced it
  recorded_zeros,          // the same, `offset2` bytes of zeros from `offset`
  recorded_write_synced,   // the last write to `file` was one that syncs itself, and has
  recorded_resize,         // `file` to `offset` bytes
  recorded_sync_begin,     // of `file`, named `offset`: covers every write before this event
  recorded_sync_end,       // that sync has succeeded
  recorded_rename,         // text: path, zero, path; `offset` 1: the two are exchanged
  recorded_remove,         // text: path
  recorded_send,           // on a network connection, about to happen: its first bytes
  recorded_surprise        // text: a way of writing that the recorder does not follow
};

struct recorded_event {
  uint32_t kind;
  uint32_t text_bytes;
  uint64_t file;
  uint64_t offset;
  uint64_t offset2;
  uint64_t data_bytes;
};
