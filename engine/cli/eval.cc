// `hookswitch eval CODE --event SEQ`: a few lines of Lua on a real event, or on one made up; nothing is written.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"

namespace hookswitch::cli {
namespace {

struct EvalWish {
  std::string code, type, data, source, rule;
  uint64_t seq = 0;
  size_t index = 0;
};

Result<Json> body_of(const EvalWish& wish) {
  Json body{{"code", wish.code}};
  if (!wish.rule.empty()) body["rule"] = wish.rule;
  if (wish.seq != 0) {
    body["seq"] = wish.seq;
    body["index"] = wish.index;
    return body;
  }
  Json data = wish.data.empty() ? Json::object() : parse_json(wish.data);
  if (!data.is_object())
    return fail(Code::invalid, "read --data: found no JSON object, expected one such as {{\"outcome\":\"success\"}}");
  body["event"] = {{"type", wish.type}, {"data", std::move(data)}};
  if (!wish.source.empty()) body["event"]["source"] = wish.source;
  return body;
}

int eval(const Context& context, const EvalWish& wish) {
  auto body = body_of(wish);
  if (!body) return report(body.error());
  auto answer = tell(context, "POST", "/eval", *body);
  if (!answer) return report(answer.error());
  const bool failed = answer->contains("error");
  if (context.json) {
    print_json(*answer);
    return failed ? kFailed : kDone;
  }
  for (const Json& value : answer->at("values")) fmt::print("{}\n", dump_indented(value));
  for (const Json& line : answer->at("log")) fmt::print("log    {}\n", line.get<std::string>());
  for (const Json& effect : answer->at("effects")) fmt::print("would  {}\n", dump(effect));
  if (failed) return report({Code::invalid, answer->at("error").get<std::string>()});
  return kDone;
}

}  // namespace

void add_eval(Verb& program, const Context& context) {
  auto verb = program.add_verb("eval", "try an expression or lines of a rule on an event; nothing is written");
  verb.footer(
      "Examples: hookswitch eval 'event.data.outcome, ctx.call.status' --event 42\n"
      "          hookswitch eval 'ctx.kpi:add(\"x\")' --type conversation.ended --data '{\"outcome\":\"success\"}'");
  auto wish = std::make_shared<EvalWish>();
  verb.add_option("code", wish->code, "Lua, with `event` and `ctx`").required();
  auto seq = verb.add_option("--event", wish->seq, "sequence of the record").positive();
  verb.add_option("--index", wish->index, "which of the record's events, from 0").needs(seq).not_negative();
  auto type = verb.add_option("--type", wish->type, "of an event made up").excludes(seq);
  verb.add_option("--data", wish->data, "its data, a JSON object").needs(type);
  verb.add_option("--source", wish->source,
                   "the source it is from (default: the first of the type's provider, or of all)")
      .needs(type);
  verb.add_option("--rule", wish->rule, "whose memory ctx.state shows");
  verb.runs([&context, wish, seq, type] {
    if (!seq.given() && !type.given()) refuse_without("--event or --type");
    return eval(context, *wish);
  });
}

}  // namespace hookswitch::cli
