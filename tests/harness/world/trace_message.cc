#include "harness/world/trace_message.h"

#include "harness/world/set_text.h"

extern "C" {
#include "wire/wire.h"
}

namespace judge
{

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

void LogMessage(TraceLog::Line *line, slice bytes)
{
    struct message m;

    if (message_decode(&m, bytes) != DYN_OK) {
        line->Whole("kind", "?");
        return;
    }
    line->Whole("kind", message_label(m.kind));
    line->Number("operation", m.operation);
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
}

} // namespace judge
