#include "tests/powercut/recorded.h"

#include <cstring>
#include <stdexcept>

#include "tests/support/temp_dir.h"

namespace hookswitch::powercut {

Recording::Recording(const std::string& file) : bytes_(test::read_file(file)) {
  std::string_view rest = bytes_;
  auto take = [&](uint64_t size) {
    if (size > rest.size()) throw std::runtime_error("the recording ends within an event");
    std::string_view out = rest.substr(0, size);
    rest.remove_prefix(size);
    return out;
  };
  while (!rest.empty()) {
    recorded_event head{};
    std::memcpy(&head, take(sizeof head).data(), sizeof head);
    Event event{.kind = static_cast<recorded_kind>(head.kind),
                .file = head.file,
                .offset = head.offset,
                .offset2 = head.offset2,
                .text = {},
                .data = {}};
    event.text = take(head.text_bytes);
    event.data = take(head.data_bytes);
    events_.push_back(event);
  }
}

}  // namespace hookswitch::powercut
