// Files that hold a secret, keys or certificates, read whole.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <string>

#include "engine/base/limits.h"

namespace hookswitch {

struct SmallFile {
  std::string text;
  mode_t mode = 0;  // who may read it
};

/// Never waits: what is no regular file, such as a pipe that somebody may or may not write to one day, is an error. The
/// error says what was found instead, "no readable file" for example.
std::expected<SmallFile, std::string> read_small_file(const std::string& path,
                                                      size_t bytes_max = limits::kSecretFileBytes);

}  // namespace hookswitch
