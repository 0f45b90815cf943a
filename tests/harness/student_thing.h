// student_thing.h: what proxies of the contracts' things (a clock, a tree) share.
#pragma once

#include "harness/bytes.h"
#include "harness/contract.h"
#include "harness/trial.h"

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace judge
{

// What a function that encodes answered.
struct Encoded {
    int code = 0;
    uint64_t length = 0;
    std::string
        bytes; // if it succeeded and the length is no more than asked for
};

// Something in the host that has a name and is closed when its trial ends.
class StudentThing
{
  public:
    std::string Name() const
    {
        return noun_ + " " + std::to_string(handle_);
    }
    int Handle() const
    {
        return handle_;
    }
    void Close();

  protected:
    // `prefix` is that of its functions: "vclock".
    StudentThing(Trial &t, const char *noun, const char *prefix);

    // Makes it by a call of `function` whose answer is [code, made]. Gives the
    // code; anything but DYN_OK leaves nothing to close.
    int Make(const std::string &text, const std::string &function,
             const nlohmann::json &arguments);
    // The same, where it must succeed.
    void MustMake(const std::string &text, const std::string &function,
                  const nlohmann::json &arguments);
    // A call that answers a code.
    int Code(const std::string &text, const std::string &function,
             const nlohmann::json &arguments) const;
    uint64_t Number(const std::string &text, const std::string &function,
                    const nlohmann::json &arguments) const;
    // Its bytes by PREFIX_encode. nullopt: as many as it needs.
    Encoded EncodeInto(std::optional<uint64_t> capacity) const;
    // By a function of these arguments, in words and as they are, and a capacity.
    Encoded EncodeBy(const std::string &function, const std::string &text,
                     nlohmann::json arguments, uint64_t capacity) const;

    Trial *t_;
    std::string noun_, prefix_;
    int handle_;
    std::shared_ptr<bool> open_ = std::make_shared<bool>(false);
};

} // namespace judge
