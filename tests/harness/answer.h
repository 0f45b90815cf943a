// answer.h: reading what a host answered, believing nothing.
//
// Each function takes the value at `index` of an answer, and throws a
// "channel" Violation if it is missing, of another kind or out of range: only
// code that writes to the host's channel itself can bring that about.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace judge
{

uint64_t AnswerUint(const nlohmann::json &answer, size_t index);
int AnswerCode(const nlohmann::json &answer, size_t index); // an int
bool AnswerBool(const nlohmann::json &answer, size_t index);
double AnswerDouble(const nlohmann::json &answer, size_t index);
std::vector<uint32_t> AnswerNodes(const nlohmann::json &answer, size_t index);
std::vector<double> AnswerDoubles(const nlohmann::json &answer, size_t index);
std::vector<uint8_t> AnswerBytes(const nlohmann::json &answer, size_t index);
std::string AnswerText(const nlohmann::json &answer, size_t index); // the same
const nlohmann::json &AnswerArray(const nlohmann::json &answer, size_t index);

// Bytes as an argument.
nlohmann::json Binary(const std::string &bytes);

} // namespace judge
