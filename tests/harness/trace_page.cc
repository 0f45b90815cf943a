#include "harness/trace_page.h"

#include "harness/trace_words.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace judge
{
namespace
{

using nlohmann::json;

std::string FileText(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;

    if (!file)
        throw std::runtime_error(
            "the trace page's file " + path +
            " cannot be read; name the folder labs/trace of the kit");
    text << file.rdbuf();
    return text.str();
}

// In message.def's order, which is that of the page's colours.
json MessageKinds()
{
    json kinds = json::array();

#define MESSAGE_KIND(number, name, label, fields, text) kinds.push_back(label);
#include "dynamo/message.def"
    return kinds;
}

// What the page would have to find out again from the trace: words, handlers,
// causes. An event is [who, what, host, handler, op, key, causes].
json LinksFor(const Trace &trace, const TraceLinks &links)
{
    json events = json::array(), operations = json::object();

    for (size_t i = 0; i < trace.events.size(); i++) {
        const EventLink &link = links.events[i];
        const Words words = WordsOf(trace, links, i);

        events.push_back(
            {words.who, words.what, link.host,
             link.handler == kNoEvent ? json(-1) : json(link.handler),
             link.op ? json(*link.op) : json(),
             link.key ? json(*link.key) : json(), link.causes});
    }
    for (const auto &[number, operation] : links.operations)
        operations[std::to_string(number)] = {
            {"words", OperationWords(trace, operation)},
            {"outcome", OutcomeWords(trace, operation)},
            {"answers", AnswerWords(trace, links, operation)}};
    return {{"test", TestWords(trace.run)},
            {"setup", SetupWords(trace.run)},
            {"decimals", trace.time_decimals},
            {"kinds", MessageKinds()},
            {"events", events},
            {"operations", operations}};
}

std::string Filled(const std::string &blank, const Trace &trace,
                   const std::string &jsonl, const std::string &folder,
                   const std::string &to_root)
{
    if (blank == "title")
        return TextForHtml(TestWords(trace.run));
    if (blank == "root")
        return TextForHtml(to_root);
    if (blank == "trace") // the very bytes, for saving them again
        return JsonForScript(json(jsonl).dump());
    if (blank == "links")
        return JsonForScript(LinksFor(trace, LinkTrace(trace)).dump());
    return FileText(folder + "/" + blank);
}

} // namespace

std::string JsonForScript(const std::string &json_text)
{
    std::string safe;

    // Outside its strings JSON has none of these.
    for (size_t i = 0; i < json_text.size(); i++) {
        const char c = json_text[i];

        if (c == '<')
            safe += "\\u003c";
        else if (c == '>')
            safe += "\\u003e";
        else if (c == '&')
            safe += "\\u0026";
        else if (json_text.compare(i, 3, "\xe2\x80\xa8") == 0 ||
                 json_text.compare(i, 3, "\xe2\x80\xa9") == 0) {
            safe += json_text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else
            safe += c;
    }
    return safe;
}

std::string TextForHtml(const std::string &text)
{
    std::string safe;

    for (const char c : text)
        safe += c == '<'    ? "&lt;"
                : c == '>'  ? "&gt;"
                : c == '&'  ? "&amp;"
                : c == '"'  ? "&quot;"
                : c == '\'' ? "&#39;"
                            : std::string(1, c);
    return safe;
}

std::string TracePage(const std::string &jsonl, const std::string &folder,
                      const std::string &to_root)
{
    const Trace trace = ReadTrace(jsonl);
    const std::string page = FileText(folder + "/page.html");
    std::string out;
    size_t at = 0;

    // Blanks are written {{name}}; what fills them is not looked at again.
    for (;;) {
        const size_t begin = page.find("{{", at);
        const size_t end = page.find("}}", begin);

        if (begin == std::string::npos || end == std::string::npos)
            break;
        out.append(page, at, begin - at);
        out += Filled(page.substr(begin + 2, end - begin - 2), trace, jsonl,
                      folder, to_root);
        at = end + 2;
    }
    return out + page.substr(at);
}

} // namespace judge
