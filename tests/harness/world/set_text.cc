#include "harness/world/set_text.h"

#include "harness/world/node_host.h"
#include "harness/world/trace_log.h"

#include <optional>

namespace judge
{
namespace
{

// Big-endian numbers and runs of bytes, as far as there are any.
class Bytes
{
  public:
    explicit Bytes(std::string_view bytes) : left_(bytes)
    {
    }
    uint64_t Number(size_t size)
    {
        uint64_t number = 0;

        for (const char byte : Take(size))
            number = number << 8 | static_cast<uint8_t>(byte);
        return number;
    }
    std::string_view Take(uint64_t size)
    {
        if (size > left_.size()) {
            ended_early_ = true;
            return {};
        }
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }
    bool Good() const
    {
        return !ended_early_;
    }
    bool AtEnd() const
    {
        return !ended_early_ && left_.empty();
    }

  private:
    std::string_view left_;
    bool ended_early_ = false;
};

std::optional<std::string> ClockText(std::string_view bytes)
{
    Bytes in(bytes);
    std::string text = "<";

    for (uint64_t left = in.Number(4); left > 0 && in.Good(); left--) {
        const uint64_t node = in.Number(4), counter = in.Number(8);

        in.Number(8); // the time
        text += (text.size() > 1 ? " " : "") + std::to_string(node) + ":" +
                std::to_string(counter);
    }
    return in.AtEnd() ? std::optional(text + ">") : std::nullopt;
}

std::string ValueText(std::string_view value)
{
    return value.empty() ? "''" : TraceBytes(value.substr(0, 40));
}

std::optional<std::string> SiblingsText(std::string_view bytes)
{
    Bytes in(bytes);
    std::string text;

    for (uint64_t left = in.Number(4); left > 0 && in.Good(); left--) {
        const auto clock = ClockText(in.Take(in.Number(4)));
        const std::string_view value = in.Take(in.Number(4));

        if (!clock)
            return std::nullopt;
        text += (text.empty() ? "" : " | ") + *clock + " " + ValueText(value);
    }
    return in.AtEnd() ? std::optional(text) : std::nullopt;
}

std::optional<std::string> DottedText(std::string_view bytes)
{
    Bytes in(bytes);
    std::string text;
    const auto clock = ClockText(in.Take(in.Number(4)));

    if (!clock)
        return std::nullopt;
    for (uint64_t left = in.Number(4); left > 0 && in.Good(); left--) {
        const uint64_t node = in.Number(4), counter = in.Number(8);
        const std::string_view value = in.Take(in.Number(4));

        text += (text.empty() ? "" : " | ") + ("(" + std::to_string(node)) +
                ", " + std::to_string(counter) + ") " + ValueText(value);
    }
    return in.AtEnd() ? std::optional((text.empty() ? "nothing" : text) +
                                      " of " + *clock)
                      : std::nullopt;
}

} // namespace

std::string SetText(slice bytes)
{
    const std::string_view all = View(bytes);

    if (all.empty())
        return "none";
    if (const auto text = SiblingsText(all))
        return *text;
    if (const auto text = DottedText(all))
        return *text;
    return std::to_string(all.size()) + " bytes that are no set";
}

} // namespace judge
