// Whether what a provider sent is audio, and of which kind: what it says, and what the first bytes show.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookswitch {

/// The media type to be served with, "audio/mpeg". nullopt: it is something else, a page of HTML say. `head` is how the
/// body begins.
std::optional<std::string> audio_type(std::string_view content_type, std::string_view head);

}  // namespace hookswitch
