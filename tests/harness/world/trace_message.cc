#include "harness/world/trace_message.h"

#include "harness/world/set_text.h"

extern "C" {
#include "dynamo/gossip.h"
#include "dynamo/view.h"
#include "wire/wire.h"
}

#include <set>

namespace judge
{
namespace
{

// "1,2,5".
std::string RangeText(std::string_view range)
{
    std::string text;

    for (size_t at = 0; at + 4 <= range.size(); at += 4) {
        uint32_t node = 0;

        for (size_t i = 0; i < 4; i++)
            node = node << 8 | static_cast<uint8_t>(range[at + i]);
        text += (text.empty() ? "" : ",") + std::to_string(node);
    }
    return text;
}

// "3f2", or "all".
std::string PathText(std::string_view path)
{
    std::string text;

    for (const char half : path)
        text += half >= 0 && half < 16 ? "0123456789abcdef"[int{half}] : '?';
    return text.empty() ? "all" : text;
}

// "the same", "N", or "L 3 keys".
std::string TreeText(std::string_view tree)
{
    if (tree.empty())
        return "the same";
    if (tree[0] != 'L' || tree.size() < 3)
        return std::string(1, tree[0]);
    const int count =
        static_cast<uint8_t>(tree[1]) << 8 | static_cast<uint8_t>(tree[2]);
    return "L " + std::to_string(count) + (count == 1 ? " key" : " keys");
}

// A view as view.h writes it.
constexpr size_t kViewHead = 4, kViewChange = 21;

bool IsView(std::string_view view)
{
    return view.size() >= kViewHead &&
           (view.size() - kViewHead) % kViewChange == 0;
}

uint64_t NumberAt(std::string_view bytes, size_t at, size_t size)
{
    uint64_t value = 0;

    for (size_t i = at; i < at + size; i++)
        value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return value;
}

std::string ChangesText(std::string_view view)
{
    const size_t count = (view.size() - kViewHead) / kViewChange;

    return std::to_string(count) + (count == 1 ? " change" : " changes");
}

// How many changes a view has, and the last one, which tells views apart best.
std::string ViewText(std::string_view view)
{
    if (!IsView(view))
        return std::to_string(view.size()) + " bytes that are no view";
    const std::string text = ChangesText(view);
    if (view.size() == kViewHead)
        return text;
    const std::string_view last = view.substr(view.size() - kViewChange);
    return text + ", the last: " + std::to_string(NumberAt(last, 0, 8)) +
           " by " + std::to_string(NumberAt(last, 8, 4)) + ": " +
           std::to_string(NumberAt(last, 12, 4)) +
           (NumberAt(last, 16, 1) == VIEW_LEAVE
                ? " leaves"
                : " joins, weight " + std::to_string(NumberAt(last, 17, 4)));
}

// "members 1 2 5, after 6 changes".
std::string MembersText(std::string_view view)
{
    std::set<uint64_t> members;
    std::string text = "members";

    for (size_t at = kViewHead; at < view.size(); at += kViewChange)
        if (NumberAt(view, at + 16, 1) == VIEW_JOIN)
            members.insert(NumberAt(view, at + 12, 4));
        else
            members.erase(NumberAt(view, at + 12, 4));
    for (const uint64_t member : members)
        text += " " + std::to_string(member);
    return text + ", after " + ChangesText(view);
}

} // namespace

void BeginTrace(TraceLog *trace, const std::string &head,
                const NodeSetup &setup, const std::vector<node_id> &nodes)
{
    std::string list;

    for (const node_id id : nodes)
        list += (list.empty() ? "" : ",") + std::to_string(id);
    TraceLog::Line line = trace->Begin(head);

    line.Whole("world", NodeKind())
        .Whole("program", setup.program)
        .Raw("nodes", "[" + list + "]")
        .Number("n", setup.n)
        .Number("r", setup.r)
        .Number("w", setup.w)
        .Number("f", setup.f);
}

void LogEntry(TraceLog::Line *line, std::string_view key,
              std::string_view value)
{
    line->Text("key", key);
    if (key.size() == 1 && static_cast<uint8_t>(key[0]) == GOSSIP_VIEW_KEY &&
        IsView(value))
        line->Whole("value", MembersText(value));
    else
        line->Text("value", value);
}

void LogMessage(TraceLog::Line *line, slice bytes)
{
    struct message m;

    if (message_decode(&m, bytes) != DYN_OK) {
        line->Whole("kind", "?");
        return;
    }
    line->Whole("kind", message_label(m.kind));
    line->Number("operation", m.operation);
    if (m.kind == MESSAGE_ASK_TREE || m.kind == MESSAGE_TREE) {
        line->Whole("range", RangeText(View(m.range)));
        line->Whole("path", PathText(View(m.path)));
        if (m.kind == MESSAGE_TREE)
            line->Text("tree", TreeText(View(m.tree)));
        return;
    }
    if (m.kind == MESSAGE_ASK_VIEW || m.kind == MESSAGE_VIEW) {
        if (m.kind == MESSAGE_VIEW)
            line->Whole("view", ViewText(View(m.view)));
        return;
    }
    line->Text("key", View(m.key));
    if (m.version.counter != 0 || m.version.writer != 0)
        line->Version("version", m.version);
    if (m.value.size > 0)
        line->Text("value", View(m.value));
    if (m.kind == MESSAGE_VERSIONS || m.kind == MESSAGE_MERGE ||
        m.kind == MESSAGE_HINT)
        line->Text("versions", SetText(m.versions));
    if (m.kind == MESSAGE_FORWARDED)
        line->Signed("code", m.code);
    if (m.kind == MESSAGE_HINT || m.kind == MESSAGE_HINTED ||
        m.kind == MESSAGE_STAND_IN)
        line->Number("owner", m.owner);
    if (m.disk != 0)
        line->Number("disk", m.disk);
}

} // namespace judge
