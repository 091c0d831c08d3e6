// How texts and times become parts of keys: short, bounded, and such that no text is the beginning of another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hookswitch {

/// Appends u8 size and the text when it has at most limits::kIndexedTextBytes; else 0xff, its first 112 bytes and 16
/// bytes of hash. So a key part is never longer than 129 bytes, and equal only for equal texts.
void put_key_text(std::string& key, std::string_view text);

/// How many bytes put_key_text wrote at the beginning of `key`; 0 when they are not all there.
size_t key_text_size(std::string_view key);

/// The text itself when it is short enough to be a key alone or at the end of one, else its beginning and a hash.
std::string bounded_key(std::string_view text);

constexpr size_t kTimeBytes = 8;
constexpr size_t kTaggedTimeBytes = 1 + kTimeBytes;  // behind a tag of one byte
/// Appends a time such that later ones come first.
void put_newest_first(std::string& key, int64_t time_ms);
int64_t get_newest_first(const char* at);

}  // namespace hookswitch
