// What the two halves of the recorder share.
#pragma once

#include <limits.h>
#include <sys/stat.h>

#include "tests/powercut/recording.h"

/// The absolute form of a path; 0 when it is not one that is recorded.
int recorded_place(int dir, const char* path, char out[PATH_MAX]);

/// Whether what is open as fd lies under the recorded directory; with its status.
int recorded_follows(int fd, struct stat* status);

/// The recording is not whole: the program did `what`.
void recorded_surprised(const char* what);
