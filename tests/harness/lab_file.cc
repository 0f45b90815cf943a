#include "harness/lab_file.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <toml++/toml.h>

namespace judge
{
namespace
{

std::string Text(const toml::table &table, const char *key,
                 const std::string &path)
{
    const auto value = table[key].value<std::string>();

    if (!value)
        throw std::runtime_error(path + ": an entry lacks '" + key +
                                 "'; add it as a string");
    return *value;
}

double Points(const toml::table &test, const std::string &name,
              const std::string &path)
{
    const auto points = test["points"].value<double>();

    if (!points || !std::isfinite(*points) || *points < 0)
        throw std::runtime_error(path + ": the test " + name +
                                 " needs 'points', a number of at least 0");
    return *points;
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
        if (!root["limits"][key])
            return;
        const auto value = root["limits"][key].value<int64_t>();
        if (!value || *value < 1 || *value > 1 << 20)
            throw std::runtime_error(path + ": the limit '" + key +
                                     "' must be a whole number of at least 1");
        *into = static_cast<int>(*value);
    };
    limit("hang_s", &lab.limits.hang_s);
    limit("heap_mb", &lab.limits.heap_mb);
    limit("output_kb", &lab.limits.output_kb);
    for (const char *key : {"part", "test"})
        if (root.contains(key) && !root[key].is_array_of_tables())
            throw std::runtime_error(path + ": '" + key +
                                     "' is no list of tables; write [[" + key +
                                     "]]");
    if (root.contains("limits") && !root["limits"].is_table())
        throw std::runtime_error(path +
                                 ": 'limits' is no table; write [limits]");
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
                                      Points(test, name, path)};

            if (entry.suite != "public" && entry.suite != "hidden")
                throw std::runtime_error(path + ": the suite of " + name +
                                         " must be public or hidden, not '" +
                                         entry.suite + "'");
            if (std::none_of(lab.parts.begin(), lab.parts.end(),
                             [&](const Part &p) { return p.id == entry.part; }))
                throw std::runtime_error(path + ": the test " + name +
                                         " belongs to part " + entry.part +
                                         ", which no [[part]] describes");
            if (!lab.tests.emplace(name, entry).second)
                throw std::runtime_error(path + ": the test " + name +
                                         " is listed twice; list it once");
        }
    return lab;
}

} // namespace judge
