#include "engine/config/yaml_text.h"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "engine/base/limits.h"
#include "engine/config/section.h"

namespace hookswitch {
namespace {

// Goes through a text that is no YAML as far as it can be understood: where quotes, comments and flows are.
class BareReferences {
 public:
  explicit BareReferences(const std::string& text) : text_(text) {}

  /// The line of the first reference within [ ] or { } that is not quoted; 0: there is none. YAML ends a text there at
  /// the brace of the reference.
  int first_line() {
    for (; at_ < text_.size(); ++at_) {
      if (quote_ != 0 ? in_quotes() : in_text()) return line_;
    }
    return 0;
  }

 private:
  bool in_quotes() {
    if (text_[at_] == '\\' && quote_ == '"') {
      ++at_;
    } else if (text_[at_] == quote_) {
      quote_ = 0;
    }
    count_line();
    return false;
  }

  bool in_text() {
    const char c = text_[at_];
    const bool begins = before_ == 0 || std::string_view(":-,[{?").find(before_) != std::string_view::npos;
    if (text_.compare(at_, 2, "${") == 0) {
      if (depth_ > 0) return true;
      at_ = std::min(text_.find_first_of("}\n", at_), text_.size()) - 1;
    } else if ((c == '"' || c == '\'') && begins) {
      quote_ = c;
    } else if (c == '#' && (at_ == 0 || is_blank(text_[at_ - 1]))) {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if ((c == '[' || c == '{') && (begins || depth_ > 0)) {
      ++depth_;
    } else if ((c == ']' || c == '}') && depth_ > 0) {
      --depth_;
    }
    if (!is_blank(c)) before_ = c;
    count_line();
    return false;
  }

  void count_line() {
    if (at_ >= text_.size() || text_[at_] != '\n') return;
    ++line_;
    before_ = 0;
  }

  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  const std::string& text_;
  size_t at_ = 0;
  int line_ = 1;
  int depth_ = 0;    // of flows
  char quote_ = 0;   // within which we are
  char before_ = 0;  // what stood before in this line, but for blanks
};

std::string expected_of(const std::string& text, int line_of_error) {
  const int line = BareReferences(text).first_line();
  if (line == 0 || line > line_of_error) return "well-formed YAML";
  return fmt::format("well-formed YAML: within [ ] or {{ }}, as in line {}, a reference is quoted, \"${{env:NAME}}\"",
                     line);
}

// At some texts that are no YAML (",C") yaml-cpp stays where it is and finds empty documents for ever.
class DocumentLine : public YAML::EventHandler {
 public:
  /// Where it stays, 0: the documents of `text` have an end. Throws what LoadAll() throws.
  static int without_end(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentLine here;
    for (int documents = 0; parser.HandleNextDocument(here); ++documents) {
      if (documents == kMostDocuments) return here.line_;
    }
    return 0;
  }

  void OnDocumentStart(const YAML::Mark& mark) override { line_ = mark.line + 1; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  static constexpr int kMostDocuments = 64;  // of which all but one are empty, or there is an error anyway

  int line_ = 0;
};

// Goes through a document as everybody who reads it does. By aliases a short text is a large one, or one without end.
class Extent {
 public:
  /// Without aliases a text has fewer nodes than bytes.
  explicit Extent(size_t text_bytes) : nodes_left_(std::max(limits::kConfigNodes, text_bytes)) {}

  /// The first bound that it exceeds is an issue. Keys are scalars, or an error elsewhere.
  bool fits(const YAML::Node& node, Issues& issues, size_t depth = 0) {
    if (depth > limits::kConfigDepth) {
      issues.error(line_of(node), "YAML", "more levels, or an alias within what it stands for",
                   fmt::format("at most {} levels", limits::kConfigDepth));
      return false;
    }
    if (nodes_left_-- == 0) {
      issues.error(line_of(node), "YAML", "too much, counting what each alias stands for",
                   fmt::format("at most {} values", limits::kConfigNodes));
      return false;
    }
    if (!node.IsMap() && !node.IsSequence()) return true;
    const bool map = node.IsMap();
    return std::all_of(node.begin(), node.end(),
                       [&](const auto& item) { return fits(map ? item.second : item, issues, depth + 1); });
  }

 private:
  size_t nodes_left_;
};

}  // namespace

// yaml-cpp says by exceptions what is wrong with a text; this is their door.
YAML::Node parse_yaml(const std::string& text, Issues& issues) {
  try {
    if (const int line = DocumentLine::without_end(text); line != 0) {
      issues.error(line, "YAML", "text that belongs to no document", expected_of(text, line));
      return {};
    }
    std::vector<YAML::Node> documents = YAML::LoadAll(text);
    std::erase_if(documents, [](const YAML::Node& document) { return document.IsNull(); });  // between two `---`
    if (documents.size() == 1 && Extent(text.size()).fits(documents.front(), issues)) return documents.front();
    if (documents.size() == 1) return {};
    if (documents.empty()) {
      issues.error(1, "file", "nothing", "settings, at least `sources`");
    } else {
      issues.error(line_of(documents[1]), "file", "a second document, behind `---`", "one: nobody reads the others");
    }
  } catch (const YAML::Exception& error) {
    const int line = error.mark.line + 1;
    issues.error(line, "YAML", error.msg, expected_of(text, line));
  }
  return {};
}

}  // namespace hookswitch
