#include "harness/answer.h"

#include "harness/violation.h"

#include <climits>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

[[noreturn]] void Refuse()
{
    throw Violation{"channel", "",
                    "the answer on the host's channel is not of the kind that "
                    "the call has. Only the host writes to descriptor 4.\n"};
}

const json &At(const json &answer, size_t index)
{
    if (!answer.is_array() || index >= answer.size())
        Refuse();
    return answer[index];
}

} // namespace

uint64_t AnswerUint(const json &answer, size_t index)
{
    const json &value = At(answer, index);

    if (!value.is_number_unsigned())
        Refuse();
    return value.get<uint64_t>();
}

int AnswerCode(const json &answer, size_t index)
{
    const json &value = At(answer, index);

    if (!value.is_number_integer())
        Refuse();
    if (value.is_number_unsigned() && value.get<uint64_t>() > INT_MAX)
        Refuse();
    const int64_t code = value.get<int64_t>();
    if (code < INT_MIN || code > INT_MAX)
        Refuse();
    return static_cast<int>(code);
}

bool AnswerBool(const json &answer, size_t index)
{
    const json &value = At(answer, index);

    if (!value.is_boolean())
        Refuse();
    return value.get<bool>();
}

double AnswerDouble(const json &answer, size_t index)
{
    const json &value = At(answer, index);

    if (!value.is_number_float())
        Refuse();
    return value.get<double>();
}

const json &AnswerArray(const json &answer, size_t index)
{
    const json &value = At(answer, index);

    if (!value.is_array())
        Refuse();
    return value;
}

std::vector<uint32_t> AnswerNodes(const json &answer, size_t index)
{
    const json &array = AnswerArray(answer, index);
    std::vector<uint32_t> nodes;

    for (size_t i = 0; i < array.size(); i++) {
        const uint64_t node = AnswerUint(array, i);

        if (node > UINT32_MAX)
            Refuse();
        nodes.push_back(static_cast<uint32_t>(node));
    }
    return nodes;
}

std::vector<double> AnswerDoubles(const json &answer, size_t index)
{
    const json &array = AnswerArray(answer, index);
    std::vector<double> numbers;

    for (size_t i = 0; i < array.size(); i++)
        numbers.push_back(AnswerDouble(array, i));
    return numbers;
}

std::vector<uint8_t> AnswerBytes(const json &answer, size_t index)
{
    const json &value = At(answer, index);

    if (!value.is_binary())
        Refuse();
    return value.get_binary();
}

std::string AnswerText(const json &answer, size_t index)
{
    const std::vector<uint8_t> bytes = AnswerBytes(answer, index);

    return {bytes.begin(), bytes.end()};
}

json Binary(const std::string &bytes)
{
    return json::binary(std::vector<uint8_t>(bytes.begin(), bytes.end()));
}

} // namespace judge
