// isolated_node.cc: a node in a host process of its own.
#include "harness/host_process.h"
#include "harness/options.h"
#include "harness/report.h"
#include "harness/trial.h"
#include "harness/violation.h"
#include "harness/world/node_host.h"

extern "C" {
#include "env/effects_codec.h"
#include "wire/cursor.h"
}

#include <cstring>
#include <deque>
#include <map>
#include <msgpuck.h>
#include <tuple>

namespace judge
{
namespace
{

// Nodes of one cluster come from different nurseries, each in a sandbox of its own, so
// that they can share nothing there either; but those of large ones come from so many.
constexpr node_id kPlaces = 16;

struct Place {
    bool is_peer = false; // of --peers, else of --host
    uint32_t number = 0;

    bool operator<(const Place &other) const
    {
        return std::tie(is_peer, number) <
               std::tie(other.is_peer, other.number);
    }
};

// Starting a process takes longer than most runs: those that ended a run in
// good order serve again, and a few are started before they are needed.
using Hosts = std::deque<std::unique_ptr<HostProcess>>;
std::map<Place, Hosts> waiting;
constexpr size_t kSpares = 2, kWaitingMost = 4; // of a place

std::unique_ptr<HostProcess> Begin(const Place &place)
{
    HostLimits limits = TheLab().limits;

    limits.fill = FillOfHosts();
    limits.place = place.number;
    if (place.is_peer)
        limits.program = TheOptions().peers;
    return std::make_unique<HostProcess>(limits);
}

std::unique_ptr<HostProcess> TakeHost(const Place &place)
{
    static const bool registered = (AtEndOfHosts(EndNodes), true);
    Hosts &hosts = waiting[place];
    std::unique_ptr<HostProcess> host;

    (void)registered;
    while (!hosts.empty() && !hosts.front()->Lives())
        hosts.pop_front();
    if (hosts.empty())
        hosts.push_back(Begin(place));
    host = std::move(hosts.front());
    hosts.pop_front();
    return host;
}

void PrepareHosts(const Place &place)
{
    Hosts &hosts = waiting[place];

    while (hosts.size() < kSpares)
        hosts.push_back(Begin(place));
}

// A frame of calls, written.
class Frame
{
  public:
    explicit Frame(uint32_t calls)
    {
        Array(calls);
    }
    void Array(uint32_t elements)
    {
        at_ = mp_encode_array(Room(8), elements) - bytes_.data();
    }
    void Uint(uint64_t value)
    {
        at_ = mp_encode_uint(Room(9), value) - bytes_.data();
    }
    void Int(int64_t value)
    {
        at_ = (value < 0 ? mp_encode_int(Room(9), value)
                         : mp_encode_uint(Room(9), uint64_t(value))) -
              bytes_.data();
    }
    void String(std::string_view text)
    {
        at_ = mp_encode_str(Room(text.size() + 8), text.data(),
                            uint32_t(text.size())) -
              bytes_.data();
    }
    void Bytes(slice bytes)
    {
        at_ = mp_encode_bin(Room(bytes.size + 8),
                            reinterpret_cast<const char *>(bytes.data),
                            uint32_t(bytes.size)) -
              bytes_.data();
    }
    std::vector<uint8_t> Take()
    {
        return {bytes_.begin(), bytes_.begin() + at_};
    }

  private:
    char *Room(size_t size)
    {
        if (bytes_.size() < size_t(at_) + size)
            bytes_.resize((size_t(at_) + size) * 2);
        return bytes_.data() + at_;
    }
    std::vector<char> bytes_ = std::vector<char>(256);
    std::ptrdiff_t at_ = 0;
};

[[noreturn]] void NotAnAnswer()
{
    throw Violation{"channel", "",
                    "the answer on the host's channel is not an answer. Only "
                    "the host writes to descriptor 4.\n"};
}

// An answer, read with distrust.
class Answer
{
  public:
    explicit Answer(const std::vector<uint8_t> &bytes)
        : at_(cursor_begin({bytes.data(), bytes.size()}))
    {
    }
    uint32_t Array()
    {
        uint32_t elements = 0;

        Is(cursor_array(&at_, &elements));
        return elements;
    }
    void Array(uint32_t elements)
    {
        Is(Array() == elements);
    }
    int Code()
    {
        int64_t value = 0;

        Is(cursor_int(&at_, &value) && value >= INT32_MIN &&
           value <= INT32_MAX);
        return static_cast<int>(value);
    }
    uint64_t Uint()
    {
        uint64_t value = 0;

        Is(cursor_uint(&at_, &value));
        return value;
    }
    slice Bytes()
    {
        slice bytes = {nullptr, 0};

        Is(cursor_bytes(&at_, &bytes));
        return bytes;
    }
    void End()
    {
        Is(cursor_at_end(&at_));
    }

  private:
    static void Is(bool holds)
    {
        if (!holds)
            NotAnAnswer();
    }
    cursor at_;
};

class IsolatedNode : public NodeHost
{
  public:
    ~IsolatedNode() override
    {
        effect_list_free(&effects_);
        // Closed in good order, it can serve again; else its end is a crash.
        if (closed_ && waiting[place_].size() < kWaitingMost) {
            host_->ForgetPrinted();
            waiting[place_].push_back(std::move(host_));
        } else {
            host_.reset();
            PrepareHosts(place_);
        }
    }

    std::string TakePrinted() override
    {
        const std::string printed = host_->Printed();

        host_->ForgetPrinted();
        return printed;
    }

    int Open(const NodeSetup &setup, uint64_t now_ms, uint64_t random_seed,
             const Entries &store, Effects *effects) override
    {
        Frame frame(1);

        place_ = {setup.is_peer && !TheOptions().peers.empty(),
                  setup.self % kPlaces};
        host_ = TakeHost(place_);
        frame.Array(23);
        frame.String("node_open");
        frame.String(setup.program);
        frame.Uint(setup.self);
        frame.Array(uint32_t(setup.members.size()));
        for (const node_id member : setup.members)
            frame.Uint(member);
        frame.Uint(setup.ring.strategy);
        frame.Uint(setup.ring.tokens);
        frame.Uint(setup.ring.partitions);
        frame.Uint(setup.ring.seed);
        frame.Uint(setup.n);
        frame.Uint(setup.r);
        frame.Uint(setup.w);
        frame.Uint(setup.f);
        frame.Uint(setup.retry_ms);
        frame.Uint(setup.give_up_ms);
        frame.Uint(setup.sloppy);
        frame.Uint(setup.handoff_ms);
        frame.Uint(setup.sync_ms);
        frame.Uint(setup.gossip_ms);
        frame.Uint(setup.first);
        frame.Uint(setup.disk);
        frame.Uint(now_ms);
        frame.Uint(random_seed);
        frame.Array(uint32_t(store.size() * 2));
        for (const auto &[key, value] : store) {
            frame.Bytes(Slice(key));
            frame.Bytes(Slice(value));
        }
        answer_ = host_->Exchange(frame.Take());
        Answer answer(answer_);
        answer.Array(1);
        answer.Array(4);
        const int code = answer.Code();
        const bool made = answer.Code() != 0;
        *effects = Decode(&answer);
        answer.End();
        if (code == DYN_OK && !made)
            throw Violation{"expectation", "open stores the new node",
                            "open gives DYN_OK, but *node is still NULL"};
        return code;
    }

    Effects Request(uint64_t now_ms, uint64_t request, slice asked) override
    {
        Frame frame(1);

        frame.Array(4);
        frame.String("node_request");
        frame.Uint(now_ms);
        frame.Uint(request);
        frame.Bytes(asked);
        return Event(frame, nullptr);
    }

    Effects Message(uint64_t now_ms, node_id from, slice message,
                    int *decoded) override
    {
        Frame frame(1);

        AddMessage(&frame, now_ms, from, message);
        return Event(frame, decoded);
    }

    void Messages(uint64_t now_ms, node_id from,
                  const std::vector<std::string> &messages,
                  const std::function<void(const Effects &)> &then) override
    {
        constexpr size_t kAtATime = 200;

        for (size_t first = 0; first < messages.size(); first += kAtATime) {
            const size_t count = std::min(kAtATime, messages.size() - first);
            Frame frame(static_cast<uint32_t>(count));

            for (size_t i = first; i < first + count; i++)
                AddMessage(&frame, now_ms, from, Slice(messages[i]));
            answer_ = host_->Exchange(frame.Take());
            Answer answer(answer_);
            answer.Array(static_cast<uint32_t>(count));
            for (size_t i = 0; i < count; i++) {
                answer.Array(3);
                then(Decode(&answer));
                (void)answer.Code();
            }
            answer.End();
        }
    }

    Effects Timer(uint64_t now_ms, uint64_t timer, int kind,
                  uint64_t arg) override
    {
        Frame frame(1);

        frame.Array(5);
        frame.String("node_timer");
        frame.Uint(now_ms);
        frame.Uint(timer);
        frame.Int(kind);
        frame.Uint(arg);
        return Event(frame, nullptr);
    }

    void Close() override
    {
        Frame frame(3);

        frame.Array(1);
        frame.String("node_close");
        frame.Array(1);
        frame.String("heap_held");
        frame.Array(1);
        frame.String("heap_refused");
        answer_ = host_->Exchange(frame.Take());
        Answer answer(answer_);
        answer.Array(3);
        answer.Array(0);
        std::vector<HeapBlock> blocks;
        answer.Array(2);
        const uint64_t held = answer.Uint();
        const uint32_t listed = answer.Array();
        for (uint32_t i = 0; i < listed; i++) {
            answer.Array(2);
            const uint64_t size = answer.Uint();
            blocks.push_back({size, answer.Uint()});
        }
        answer.Array(2);
        const uint64_t refused = answer.Uint();
        const uint64_t site = answer.Uint();
        answer.End();
        CheckHeap(held, blocks, {refused, site});
        closed_ = true;
    }

  private:
    static void AddMessage(Frame *frame, uint64_t now_ms, node_id from,
                           slice message)
    {
        frame->Array(4);
        frame->String("node_message");
        frame->Uint(now_ms);
        frame->Uint(from);
        frame->Bytes(message);
    }

    Effects Event(Frame &frame, int *decoded)
    {
        answer_ = host_->Exchange(frame.Take());
        Answer answer(answer_);
        answer.Array(1);
        answer.Array(decoded != nullptr ? 3 : 2);
        const Effects effects = Decode(&answer);
        if (decoded != nullptr)
            *decoded = answer.Code();
        answer.End();
        return effects;
    }

    Effects Decode(Answer *answer)
    {
        const int error = answer->Code();
        size_t count = 0;

        if (error != DYN_OK)
            throw Violation{
                "expectation", "a handler does a bounded number of things",
                "what a handler did could not be recorded: " + CodeName(error) +
                    ". One handler may do 65,536 things, of 32 MB "
                    "in all; is there a loop that sends or puts "
                    "for ever?"};
        if (effects_decode(answer->Bytes(), &effects_, &count) != DYN_OK)
            NotAnAnswer();
        return {effects_.list, count};
    }

    std::unique_ptr<HostProcess> host_;
    std::vector<uint8_t> answer_; // what the last effects point into
    effect_list effects_ = {};
    Place place_;
    bool closed_ = false;
};

} // namespace

std::unique_ptr<NodeHost> MakeNode()
{
    return std::make_unique<IsolatedNode>();
}

void EndNodes()
{
    waiting.clear();
}

const char *NodeKind()
{
    return "isolated";
}

} // namespace judge
