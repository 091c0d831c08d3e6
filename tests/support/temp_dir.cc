#include "tests/support/temp_dir.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace hookswitch::test {
namespace {
namespace fs = std::filesystem;
constexpr auto kPatience = std::chrono::seconds(20);
constexpr auto kPause = std::chrono::milliseconds(5);
}  // namespace

TempDir::TempDir() {
  std::string name = (fs::temp_directory_path() / "hookswitch-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& file, const std::string& text) const {
  std::string full = path_ + "/" + file;
  fs::create_directories(fs::path(full).parent_path());
  std::ofstream(full, std::ios::binary) << text;
  return full;
}

bool eventually(const std::function<bool()>& condition) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

std::string fixture(const std::string& name) { return read_file(HOOKSWITCH_SOURCE_DIR "/tests/fixtures/" + name); }

}  // namespace hookswitch::test
