// load_model.h: load.h in the plainest way.
#pragma once

#include "lab5-tail/histogram_model.h"
#include "lab5-tail/student_load.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace judge
{

class LoadModel
{
  public:
    explicit LoadModel(const load_config &config) : config_(config)
    {
    }
    uint64_t Meant(uint64_t request) const
    {
        return config_.begin_us + request * config_.interval_us;
    }
    std::optional<Departure> Due(uint64_t now_us);
    std::optional<uint64_t> Next() const;
    bool Answered(uint32_t connection, uint64_t now_us); // false: none is on it
    uint64_t Late(uint64_t now_us) const;
    bool IsBusy(uint32_t connection) const
    {
        return busy_.count(connection) > 0;
    }
    const HistogramModel &Latency() const
    {
        return latency_;
    }
    const HistogramModel &Service() const
    {
        return service_;
    }

  private:
    struct Sent {
        uint64_t request, left_us;
    };
    uint32_t FirstFree() const; // or how many connections there are

    load_config config_;
    uint64_t next_ = 0;
    std::map<uint32_t, Sent> busy_;
    HistogramModel latency_, service_;
};

// A load and its model, told the same; each call is looked at.
struct LoadTwin {
    LoadTwin(Trial &trial, const load_config &config)
        : t(&trial), seen(trial, config), model(config)
    {
    }
    // Asks once. False: nothing leaves.
    bool Due(uint64_t now_us);
    // Asks until nothing leaves.
    void SendAll(uint64_t now_us);
    void Next() const;
    void Answer(uint32_t connection, uint64_t now_us);
    void Late(uint64_t now_us) const;
    // What was measured.
    void ExpectLatency() const;
    void ExpectService() const;

    Trial *t;
    StudentLoad seen;
    LoadModel model;
};

} // namespace judge
