#include "engine/base/parsed_object.h"

#include <mutex>
#include <vector>

namespace hookswitch {
namespace {

constexpr size_t kSpare = 8;
constexpr size_t kSpareBytes = 1 << 20;  // what was made for a longer text is not kept

// Those that wait to be used again, of all threads: an object may end on another thread than it began on.
class Spare {
 public:
  std::unique_ptr<ParsedObject> take() {
    std::lock_guard lock(mutex_);
    if (objects_.empty()) return std::make_unique<ParsedObject>();
    auto object = std::move(objects_.back());
    objects_.pop_back();
    return object;
  }

  void give(std::unique_ptr<ParsedObject> object) {
    std::lock_guard lock(mutex_);
    if (objects_.size() < kSpare) objects_.push_back(std::move(object));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<ParsedObject>> objects_;
};

Spare& spare() {
  static auto* all = new Spare;  // stays to the very end: nobody knows which object goes last
  return *all;
}

}  // namespace

std::expected<std::shared_ptr<const ParsedObject>, std::string> ParsedObject::parse(std::string_view text) {
  auto give_back = [](ParsedObject* object) {
    std::unique_ptr<ParsedObject> owned(object);
    if (owned->parser_.capacity() <= kSpareBytes) spare().give(std::move(owned));
  };
  std::shared_ptr<ParsedObject> object(spare().take().release(), give_back);
  auto error = object->parser_.parse(text.data(), text.size()).get(object->root_);
  if (error != simdjson::SUCCESS) {
    return std::unexpected(std::string("does not parse: ") + simdjson::error_message(error));
  }
  if (!object->root_.is_object()) return std::unexpected("is JSON but no object");
  return object;
}

}  // namespace hookswitch
