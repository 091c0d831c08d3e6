#include "engine/isolation/host_calls.h"

#include "engine/providers/source.h"

namespace hookswitch {

namespace {

constexpr size_t kResultBytes = limits::kMessageBytes - limits::kMiB;  // the rest is for what goes before it

PluginCounters since(const PluginCounters& before, const PluginCounters& now) {
  return {now.calls - before.calls, now.errors - before.errors, now.breaches - before.breaches};
}

}  // namespace

bool HostCalls::answer(std::string_view bytes, std::string& out) {
  Question question{WireReader(bytes)};
  Hook hook{};
  question.in(hook, question.source_number);
  auto source = sources_.find(question.source_number);
  if (source != sources_.end()) question.source = source->second.get();
  const bool needs_none = hook == Hook::describe || hook == Hook::create;
  if (!question.in.ok() || (question.source == nullptr && !needs_none)) return false;
  const PluginCounters before = plugin_ ? (*plugin_)->counters() : PluginCounters{};
  result_.clear();
  if (!handle(hook, question)) return false;
  const PluginCounters after = plugin_ ? (*plugin_)->counters() : PluginCounters{};
  if (result_.size() > kResultBytes) {
    result_.clear();
    reply(Status(fail(Code::too_large, "{}: the result has more than {} bytes", name(hook), kResultBytes)));
  }
  WireWriter{out}(AnswerHead{since(before, after), std::exchange(lines_, {})});
  out += result_;
  if (result_.capacity() > limits::kKeptBufferBytes) std::string().swap(result_);
  return true;
}

void HostCalls::take_log_line(bool warning, std::string_view text) {
  if (lines_.size() == limits::kPluginLogLines) return;
  lines_.push_back({warning, std::string(text.substr(0, limits::kPluginLogBytes))});
}

template <class T>
bool HostCalls::reply(const Result<T>& result) {
  WireWriter{result_}(result);
  return true;
}

template <class... Args>
bool HostCalls::read(Question& question, Args&... args) const {
  question.in(args...);
  return question.in.done();
}

bool HostCalls::handle(Hook hook, Question& question) {
  switch (hook) {
    case Hook::describe:
      return reply(plugin_ ? Result<PluginDescription>((*plugin_)->description()) : std::unexpected(plugin_.error()));
    case Hook::create:
      return create(question);
    case Hook::drop:
      sources_.erase(question.source_number);
      return reply(Status());
    case Hook::verify:
      return verify(question);
    case Hook::begin:
      return begin(question);
    case Hook::update:
      return update(question);
    case Hook::finish:
      return finish(question);
    case Hook::abandon:
      return abandon(question);
    case Hook::decode:
      return decode(question);
    case Hook::render:
      return render(question);
    case Hook::default_reply:
      return default_reply(question);
    case Hook::build_action:
    case Hook::reconcile_action:
      return act(hook, question);
    case Hook::parse_action:
    case Hook::match_action:
      return read_answer(hook, question);
    case Hook::build_query:
    case Hook::read_page:
      return sync(hook, question);
    case Hook::sign:
      return sign(question);
    case Hook::play:
      return play(question);
  }
  return false;
}

bool HostCalls::create(Question& question) {
  std::string source_name, settings;
  if (!plugin_ || !read(question, source_name, settings)) return false;
  auto made = make_source(*plugin_, source_name, settings);
  if (!made) return reply(Status(std::unexpected(made.error())));
  sources_[question.source_number] = std::move(*made);
  return reply(Status());
}

bool HostCalls::verify(Question& question) {
  DeliveryRequest request;
  HeaderList headers;
  if (!read(question, request, headers)) return false;
  request.headers = &headers;
  return reply(question.source->verify(request));
}

bool HostCalls::begin(Question& question) {
  uint64_t stream = 0;
  DeliveryRequest request;
  HeaderList headers;
  if (!read(question, stream, request, headers) || !question.source->can_stream()) return false;
  request.headers = &headers;
  streams_[stream] = question.source->begin_verify(request);
  return reply(Status());
}

bool HostCalls::update(Question& question) {
  uint64_t stream = 0;
  std::string_view piece;
  if (!read(question, stream, piece) || !streams_.contains(stream)) return false;
  streams_[stream]->update(piece);
  return reply(Status());
}

bool HostCalls::finish(Question& question) {
  uint64_t stream = 0;
  if (!read(question, stream) || !streams_.contains(stream)) return false;
  auto ending = std::move(streams_[stream]);
  streams_.erase(stream);
  return reply(ending->finish());
}

bool HostCalls::abandon(Question& question) {
  uint64_t stream = 0;
  if (!read(question, stream)) return false;
  streams_.erase(stream);
  return reply(Status());
}

bool HostCalls::decode(Question& question) {
  DecodeInput input;
  HeaderList headers;
  if (!read(question, input, headers)) return false;
  input.headers = &headers;
  return reply(question.source->decode(input));
}

bool HostCalls::render(Question& question) {
  DecodedEvent event;
  std::string_view said;
  if (!read(question, event, said)) return false;
  return reply(question.source->render(event, said));
}

bool HostCalls::default_reply(Question& question) {
  DeliveryRequest request;
  HeaderList headers;
  if (!read(question, request, headers)) return false;
  request.headers = &headers;
  return reply(Result<RenderedReply>(question.source->default_reply(request)));
}

bool HostCalls::act(Hook hook, Question& question) {
  ActionView action;
  if (!read(question, action)) return false;
  return reply(hook == Hook::build_action ? question.source->build_action(action)
                                          : question.source->reconcile_action(action, action.cursor));
}

bool HostCalls::read_answer(Hook hook, Question& question) {
  ActionView action;
  HttpResponse response;
  if (!read(question, action, response)) return false;
  return reply(hook == Hook::parse_action ? question.source->parse_action(action, response)
                                          : question.source->match_action(action, response));
}

bool HostCalls::sync(Hook hook, Question& question) {
  SyncQuery query;
  if (hook == Hook::build_query) return read(question, query) && reply(question.source->build_query(query));
  HttpResponse response;
  return read(question, query, response) && reply(question.source->read_page(query, response));
}

bool HostCalls::sign(Question& question) {
  DeliveryRequest request;
  HeaderList headers;
  if (!read(question, request, headers)) return false;
  request.headers = &headers;
  return reply(question.source->sign(request));
}

bool HostCalls::play(Question& question) {
  std::string_view story;
  return read(question, story) && reply(question.source->play(story));
}

}  // namespace hookswitch
