#include "harness/lab_file.h"

#include <stdexcept>
#include <toml++/toml.h>

namespace judge {
namespace {

std::string Text(const toml::table &table, const char *key,
                 const std::string &path)
{
    const auto value = table[key].value<std::string>();

    if (!value)
        throw std::runtime_error(path + ": an entry lacks '" + key +
                                 "'; add it as a string");
    return *value;
}

} // namespace

LabFile LoadLab(const std::string &path)
{
    LabFile lab;
    toml::table root;

    try {
        root = toml::parse_file(path);
    } catch (const toml::parse_error &error) {
        throw std::runtime_error(
            path + ", line " + std::to_string(error.source().begin.line) +
            ": " + std::string(error.description()) + "; mend the file");
    }
    lab.id = Text(root, "id", path);
    lab.title = Text(root, "title", path);
    lab.handout = Text(root, "handout", path);
    const auto limit = [&](const char *key, int *into) {
        *into = root["limits"][key].value_or(*into);
    };
    limit("hang_s", &lab.limits.hang_s);
    limit("heap_mb", &lab.limits.heap_mb);
    limit("output_kb", &lab.limits.output_kb);
    if (const toml::array *parts = root["part"].as_array())
        for (const toml::node &node : *parts) {
            const toml::table &part = *node.as_table();

            lab.parts.push_back({Text(part, "id", path),
                                 Text(part, "title", path),
                                 Text(part, "anchor", path),
                                 part["hidden_points"].value_or(0.0)});
        }
    if (const toml::array *tests = root["test"].as_array())
        for (const toml::node &node : *tests) {
            const toml::table &test = *node.as_table();
            const std::string name = Text(test, "name", path);
            const GradedTest entry = {Text(test, "part", path),
                                      Text(test, "suite", path),
                                      test["points"].value_or(0.0)};

            if (!lab.tests.emplace(name, entry).second)
                throw std::runtime_error(path + ": the test " + name +
                                         " is listed twice; list it once");
        }
    return lab;
}

} // namespace judge
