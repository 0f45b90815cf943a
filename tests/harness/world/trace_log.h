// trace_log.h: what happened in a world, as labs/trace/schema.md says it.
#pragma once

#include "harness/contract.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace judge
{

class TraceLog
{
  public:
    // One line, begun by Event and ended by its destructor.
    class Line
    {
      public:
        Line(std::string *text) : text_(text)
        {
        }
        Line(const Line &) = delete;
        Line &operator=(const Line &) = delete;
        ~Line()
        {
            if (text_ != nullptr)
                *text_ += "}\n";
        }
        Line &Number(const char *name, uint64_t value);
        Line &Signed(const char *name, int64_t value);
        Line &Text(const char *name, std::string_view value); // cut and escaped
        Line &Whole(const char *name, std::string_view value); // escaped only
        Line &Version(const char *name, const version &value);
        Line &Raw(const char *name, const std::string &json);

      private:
        Line &Name(const char *name);
        std::string *text_;
    };

    // Off, it only counts.
    void Record(bool on)
    {
        on_ = on;
    }
    bool On() const
    {
        return on_;
    }

    // The first line. `head`: JSON members, each with a comma before it.
    Line Begin(const std::string &head);
    Line Event(const char *kind, uint64_t time_us);
    Line Event(const char *kind, uint64_t time_us, node_id node);

    // The number of the next event; the same whether they are recorded or not.
    uint64_t Next() const
    {
        return next_;
    }

    const std::string &Text() const
    {
        return text_;
    }

  private:
    bool on_ = false;
    uint64_t next_ = 0;
    std::string text_;
};

// As traces show bytes: printable ASCII as it is, the rest and backslashes as
// \xNN; cut at 60 bytes.
std::string TraceBytes(std::string_view bytes);

// What a node printed in one handler, as the texts of notes: a line each, 20 at most.
// Each begins with kPrints.
constexpr char kPrints[] = "prints: ";
std::vector<std::string> PrintedNotes(const std::string &printed);

// A JSON string, quotes included.
std::string JsonString(std::string_view text);

} // namespace judge
