// trace_page.h: a trace as one HTML page that needs nothing else.
#pragma once

#include <string>

namespace judge
{

// `folder` holds page.html and what it names (labs/trace). `to_root` is put
// before the link to the handout: the way from where the page will lie to the
// folder that the trace's `page` starts from, empty or with a slash at the end.
// Throws std::runtime_error with a sentence if `jsonl` is no trace, or a file
// of the folder is missing.
std::string TracePage(const std::string &jsonl,
                      const std::string &folder = "labs/trace",
                      const std::string &to_root = "");

// JSON that may stand in a <script> element: no text in it can end the element
// or begin a comment.
std::string JsonForScript(const std::string &json);

// Text that may stand in HTML, in an attribute too.
std::string TextForHtml(const std::string &text);

} // namespace judge
