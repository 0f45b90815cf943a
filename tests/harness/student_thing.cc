#include "harness/student_thing.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

StudentThing::StudentThing(Trial &t, const char *noun, const char *prefix)
    : t_(&t), noun_(noun), prefix_(prefix), handle_(t.NextHandle())
{
}

int StudentThing::Make(const std::string &text, const std::string &function,
                       const json &arguments)
{
    const json &answer = t_->Host().Call(text, function, arguments);
    const int code = AnswerCode(answer, 0);
    const bool made = AnswerBool(answer, 1);

    t_->Host().Answered(code == DYN_OK ? Name() : CodeText(code));
    t_->Expect(made == (code == DYN_OK),
               function + " stores its result if it succeeds, and only then",
               CodeText(code) +
                   (made ? ", and the result is set" : ", and it is not set"));
    if (code != DYN_OK)
        return code;
    *open_ = true;
    t_->AtEnd([thing = *this]() mutable { thing.Close(); });
    return code;
}

void StudentThing::MustMake(const std::string &text,
                            const std::string &function, const json &arguments)
{
    t_->ExpectCode(DYN_OK, Make(text, function, arguments), function);
}

void StudentThing::Close()
{
    if (!*open_)
        return;
    *open_ = false;
    t_->Host().Call(prefix_ + "_close(" + Name() + ")", prefix_ + "_close",
                    json::array({handle_}));
    t_->Host().Answered("done");
}

int StudentThing::Code(const std::string &text, const std::string &function,
                       const json &arguments) const
{
    const int code = AnswerCode(t_->Host().Call(text, function, arguments), 0);

    t_->Host().Answered(CodeText(code));
    return code;
}

uint64_t StudentThing::Number(const std::string &text,
                              const std::string &function,
                              const json &arguments) const
{
    const uint64_t number =
        AnswerUint(t_->Host().Call(text, function, arguments), 0);

    t_->Host().Answered(std::to_string(number));
    return number;
}

Encoded StudentThing::EncodeInto(std::optional<uint64_t> capacity) const
{
    const std::string function = prefix_ + "_encode";

    if (!capacity) {
        const Encoded asked = EncodeInto(0);

        t_->ExpectCode(DYN_ERANGE, asked.code,
                       function + " without room for anything");
        t_->Expect(asked.length >= 4 && asked.length < 64 << 20,
                   "the length of the encoding, also where there is no room "
                   "for it",
                   std::to_string(asked.length));
        return EncodeInto(asked.length);
    }
    return EncodeBy(function, Name(), json::array({handle_}), *capacity);
}

Encoded StudentThing::EncodeBy(const std::string &function,
                               const std::string &text, json arguments,
                               uint64_t capacity) const
{
    arguments.push_back(capacity);
    arguments.push_back(0);
    const json &answer = t_->Host().Call(function + "(" + text + ", capacity " +
                                             std::to_string(capacity) + ")",
                                         function, arguments);
    Encoded encoded;

    encoded.code = AnswerCode(answer, 0);
    encoded.length = AnswerUint(answer, 1);
    encoded.bytes = AnswerText(answer, 2);
    t_->Host().Answered(encoded.code == DYN_OK
                            ? ShowBytes(encoded.bytes)
                            : CodeText(encoded.code) + ", length " +
                                  std::to_string(encoded.length));
    t_->Expect(encoded.code != DYN_OK || encoded.length <= capacity,
               "a length that is no more than the capacity",
               std::to_string(encoded.length));
    t_->Expect(AnswerBool(answer, 3),
               encoded.code == DYN_OK
                   ? "nothing is written after the encoding"
                   : "a call that fails writes nothing to bytes[]",
               function + " has written there");
    return encoded;
}

} // namespace judge
