#include "lab4-failure/view_model.h"

#include "harness/refusals.h"
#include "lab4-failure/student_detector.h"

#include <algorithm>
#include <map>

namespace judge
{
namespace
{

// A change of a view's bytes has this size.
const size_t kChangeBytes = 21;

uint64_t ReadNumber(const std::string &bytes, size_t at, size_t size)
{
    uint64_t number = 0;

    for (size_t i = at; i < at + size; i++)
        number = number * 256 + static_cast<unsigned char>(bytes[i]);
    return number;
}

bool IsSound(const Change &change)
{
    const bool join = change.kind == VIEW_JOIN && change.weight >= 1 &&
                      change.weight <= RING_WEIGHT_MAX,
               leave = change.kind == VIEW_LEAVE && change.weight == 0;

    return change.stamp >= 1 && (join || leave);
}

// "the 4 changes of view 0 at the end", and where a long list goes wrong.
void ExpectSameChanges(Trial &t, const Changes &seen, const Changes &right,
                       const std::string &of)
{
    const size_t same = static_cast<size_t>(
        std::mismatch(seen.begin(), seen.end(), right.begin(), right.end())
            .first -
        seen.begin());
    const auto at = [&](const Changes &changes) {
        return same < changes.size() ? Show(changes[same]) : "none";
    };
    const std::string where =
        right.size() > 8
            ? "\nNumber " + std::to_string(same) +
                  ", from 0, is the first that differs: " + at(right) +
                  " expected, " + at(seen) + " seen"
            : "";

    if (seen != right)
        t.Fail("the changes of " + of + ": " + Show(right), Show(seen) + where);
}

// "5 weight 2, 7 weight 1", of a ring's encoding.
std::string ShowWeights(const std::string &encoding)
{
    const size_t head = 20, each = 8;
    const uint64_t count =
        encoding.size() < head ? 0 : ReadNumber(encoding, head - 4, 4);
    std::string text;

    if (encoding.size() < head || (encoding.size() - head) / each < count)
        return ShowBytes(encoding);
    for (size_t at = head; at < head + count * each; at += each)
        text += (at > head ? ", " : "") +
                std::to_string(ReadNumber(encoding, at, 4)) + " weight " +
                std::to_string(ReadNumber(encoding, at + 4, 4));
    return text.empty() ? "no node" : text;
}

void ExpectSamePlacement(Trial &t, const Placement &seen,
                         const Placement &right)
{
    const std::string weights = ShowWeights(right.encoding);
    const auto [ours, theirs] =
        std::mismatch(right.places.begin(), right.places.end(),
                      seen.places.begin(), seen.places.end());

    t.Expect(seen.members == right.members,
             "the ring's members: " + ShowNodes(right.members),
             ShowNodes(seen.members));
    t.Expect(ShowWeights(seen.encoding) == weights,
             "the ring's members: " + weights, ShowWeights(seen.encoding));
    if (ours != right.places.end() && theirs != seen.places.end())
        t.Fail("the ring that these joins and leaves make in this order: the "
               "first node from " +
                   std::to_string(ours - right.places.begin()) +
                   "/64 of the circle on is " + std::to_string(*ours),
               "it is " + std::to_string(*theirs));
    ExpectBytes(t, seen.encoding, right.encoding,
                "what ring_encode makes of the ring");
}

StudentView DecodedView(Trial &t, const Changes &changes)
{
    std::optional<StudentView> view;

    t.ExpectCode(DYN_OK, StudentView::Decode(t, ViewBytesOf(changes), &view),
                 "view_decode of sound bytes");
    return *view;
}

} // namespace

// ---- The model ----

std::optional<ViewModel> ViewModel::Read(const std::string &bytes)
{
    ViewModel made;
    Changes listed;

    if (bytes.size() < 4 || (bytes.size() - 4) % kChangeBytes != 0 ||
        ReadNumber(bytes, 0, 4) != (bytes.size() - 4) / kChangeBytes)
        return std::nullopt;
    for (size_t at = 4; at < bytes.size(); at += kChangeBytes) {
        const Change change = {
            ReadNumber(bytes, at, 8),
            static_cast<node_id>(ReadNumber(bytes, at + 8, 4)),
            static_cast<node_id>(ReadNumber(bytes, at + 12, 4)),
            static_cast<uint32_t>(ReadNumber(bytes, at + 16, 1)),
            static_cast<uint32_t>(ReadNumber(bytes, at + 17, 4))};

        if (!IsSound(change))
            return std::nullopt;
        listed.push_back(change);
        made.changes_.insert(change);
    }
    // Each once, and in order.
    if (made.All() != listed)
        return std::nullopt;
    return made;
}

int ViewModel::Add(Change change)
{
    change.stamp = 1;
    if (!changes_.empty()) {
        if (changes_.rbegin()->stamp == UINT64_MAX)
            return DYN_ERANGE;
        change.stamp = changes_.rbegin()->stamp + 1;
    }
    changes_.insert(change);
    return DYN_OK;
}

int ViewModel::Join(node_id by, node_id node, uint32_t weight)
{
    const std::vector<node_id> members = Members();

    if (weight < 1 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    if (std::count(members.begin(), members.end(), node) != 0)
        return DYN_EEXIST;
    return Add({0, by, node, VIEW_JOIN, weight});
}

int ViewModel::Leave(node_id by, node_id node)
{
    const std::vector<node_id> members = Members();

    if (std::count(members.begin(), members.end(), node) == 0)
        return DYN_ENOENT;
    return Add({0, by, node, VIEW_LEAVE, 0});
}

std::vector<node_id> ViewModel::Members() const
{
    std::set<node_id> members;

    for (const Change &change : changes_) {
        if (change.kind == VIEW_JOIN)
            members.insert(change.node);
        else
            members.erase(change.node);
    }
    return {members.begin(), members.end()};
}

std::string ViewModel::Bytes() const
{
    return ViewBytesOf(All());
}

std::string ViewBytesOf(const Changes &changes)
{
    std::string bytes = BigEndian(changes.size(), 4);

    for (const Change &change : changes)
        bytes += BigEndian(change.stamp, 8) + BigEndian(change.by, 4) +
                 BigEndian(change.node, 4) + BigEndian(change.kind, 1) +
                 BigEndian(change.weight, 4);
    return bytes;
}

std::vector<node_id> RingMembers(const ring_config &config,
                                 const Changes &changes)
{
    std::map<node_id, uint64_t> weights;
    std::vector<node_id> members;

    for (const Change &change : changes) {
        std::map<node_id, uint64_t> then = weights;
        uint64_t sum = 0;
        bool fits = true;

        if (change.kind == VIEW_LEAVE) {
            weights.erase(change.node);
            continue;
        }
        then.insert({change.node, change.weight});
        for (const auto &[node, weight] : then)
            sum += weight;
        for (const auto &[node, weight] : then)
            fits = fits && (config.strategy == RING_PARTITIONS
                                ? config.partitions * weight >= sum
                                : config.tokens * weight <= RING_TOKENS_MAX);
        if (fits)
            weights = then;
    }
    for (const auto &[node, weight] : weights)
        members.push_back(node);
    return members;
}

// ---- Both ----

ViewTwin::ViewTwin(Trial &trial, const Changes &changes)
    : t(&trial), view(DecodedView(trial, changes)),
      model(ViewModel::Read(ViewBytesOf(changes)).value())
{
}

void ViewTwin::Join(node_id by, node_id node, uint32_t weight)
{
    t->ExpectCode(model.Join(by, node, weight), view.Join(by, node, weight),
                  "view_join");
}

void ViewTwin::Leave(node_id by, node_id node)
{
    t->ExpectCode(model.Leave(by, node), view.Leave(by, node), "view_leave");
}

void ViewTwin::Merge(const ViewTwin &from)
{
    model.Merge(from.model);
    t->ExpectCode(DYN_OK, view.Merge(from.view), "view_merge");
}

void ViewTwin::ExpectChanges(const std::string &when) const
{
    const Changes right = model.All();
    const std::vector<node_id> members = model.Members();
    const std::string of = view.Name() + " " + when;

    ExpectSameChanges(*t, view.AllChanges(right.size()), right, of);
    const std::vector<node_id> seen = view.AllMembers(members.size());
    t->Expect(seen == members,
              "the members of " + of + ": " + ShowNodes(members) +
                  "\nThey follow from " + Show(right),
              ShowNodes(seen));
}

void ViewTwin::ExpectRight(const std::string &when) const
{
    const std::string right = model.Bytes();
    const Digest digest = Md5(right);
    const std::string due(digest.begin(), digest.end());
    std::string hash;

    ExpectChanges(when);
    ExpectBytes(*t, view.Bytes(), right,
                "the bytes of " + view.Name() + " " + when);
    t->ExpectCode(DYN_OK, view.Hash(&hash), "view_hash");
    t->Expect(hash == due, "the MD5 of these bytes: " + ShowBytes(due),
              ShowBytes(hash));
}

void ViewTwin::ExpectRing(const ring_config &config) const
{
    const Placement right = RingOf(*t, config, model.All());
    const std::vector<node_id> members = RingMembers(config, model.All());
    Placement seen;

    t->Expect(right.members == members,
              "a ring.c that gives this ring the members " +
                  ShowNodes(members) +
                  "\nThis is not of view.c: without a ring.c of yours, the "
                  "reference's is taken",
              ShowNodes(right.members));
    t->ExpectCode(DYN_OK, view.Ring(config, &seen), "view_ring");
    ExpectSamePlacement(*t, seen, right);
}

} // namespace judge
