// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/oracle.h"

#include <algorithm>
#include <iterator>

namespace aemp::story {

namespace {

std::string number(std::int64_t n) { return std::to_string(n); }

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Why a link may end between nodes that keep to the protocol, if the network itself does not end
// it.
constexpr std::string_view kHonestEnds[] = {
    "the other end closed the connection",
    "left the network",
    "finished",
    "queued for node",
    "the other end lost this link",
    "another incarnation of the node came",
    "replaced by a new connection",
    "nothing was heard from this node",
    "out of memory",
};

// What is said of a handshake whose bytes were not the protocol's.
constexpr std::string_view kDishonestHandshakes[] = {
    "of this protocol",        "a greeting of the wrong length", "a hello of ",
    "neither READY nor CLOSE", "bytes before the link was up",   "know the secret",
    "altered on its way",
};

}  // namespace

void Oracle::violated(std::string sentence) { violations.push_back(std::move(sentence)); }

int Oracle::add_life(std::string node) {
  lives_.push_back({std::move(node), false, false, {}});
  return static_cast<int>(lives_.size()) - 1;
}

void Oracle::end_life(int life) { lives_[at(life)].ended = true; }

bool Oracle::sees_up(int life, const std::string& node) const {
  const auto& others = lives_[at(life)].others;
  const auto found = others.find(node);
  return found != others.end() && found->second.up;
}

void Oracle::logged(int life, std::string_view line) {
  const std::string_view ended = " is down: ended by ";
  bool honest = true;
  if (const std::size_t end = line.find(ended); end != std::string_view::npos) {
    std::string_view why = line.substr(end + ended.size());
    why = why.substr(0, why.find("; age "));
    honest = why.starts_with("network: ") ||
             std::any_of(std::begin(kHonestEnds), std::end(kHonestEnds),
                         [&](std::string_view part) { return contains(why, part); }) ||
             (altered && (contains(why, "altered on its way") || contains(why, "a record of ")));
  } else if (altered) {
    // A handshake may fail in any way.
  } else if (line.starts_with("dial failed: ") || line.starts_with("connection from ")) {
    honest = std::none_of(std::begin(kDishonestHandshakes), std::end(kDishonestHandshakes),
                          [&](std::string_view part) { return contains(line, part); });
  }
  if (!honest) {
    violated(node(life) + " (life " + number(life) + ") says: " + std::string(line));
  }
}

void Oracle::node_event(int life, std::string_view node, bool up, Message reason,
                        std::chrono::nanoseconds now) {
  Life& own = lives_[at(life)];
  const std::string who = own.node + " (life " + number(life) + ") sees " + std::string(node);
  if (own.ended) violated(who + (up ? " up" : " down") + " after its end");
  Life::Other& other = own.others[std::string(node)];
  if (other.up == up) violated(who + (up ? " up" : " down") + " twice in a row");
  other.up = up;
  other.seen = now;
  if (up) ++other.ups;
  const std::uint64_t from = std::exchange(other.fires_from, 0);
  if (up) return;
  check_fired_before_down(life, node, from);
  if (reason.json().find("left the network") == std::string::npos) return;
  for (const Words& words : words_) {
    if (words.port >= 0 || lives_[at(words.from)].node != node || words.heard) continue;
    const PortFacts& to = ports_[at(words.to)];
    if (to.life != life || to.doomed || to.too_big || words.ups != other.ups) continue;
    violated(who + " leave before its farewell to port " + number(words.to));
  }
}

// `from`: when the first monitor of the lost link fired; 0: none did.
void Oracle::check_fired_before_down(int life, std::string_view node, std::uint64_t from) {
  const std::string who = lives_[at(life)].node + " (life " + number(life) + ") sees " +
                          std::string(node) + " down before ";
  for (const auto& [key, list] : by_target_) {
    if (from == 0 || key.first != life || ports_[at(key.second)].node != node) continue;
    for (const int m : list) {
      if (!pending(m) || monitors_[at(m)].order >= from) continue;
      violated(who + "its monitor of port " + number(key.second) + " fired");
    }
  }
  for (const Crowd& crowd : crowds_) {
    if (crowd.life != life || crowd.pending == 0 || ports_[at(crowd.port)].node != node) continue;
    if (!crowd.fires && crowd.order >= from) continue;
    violated(who + number(crowd.pending) + " monitors of port " + number(crowd.port) + " fired");
  }
}

int Oracle::add_port(int life, std::string node, Port port) {
  PortFacts facts;
  facts.port = std::move(port);
  facts.node = std::move(node);
  facts.life = life;
  ports_.push_back(std::move(facts));
  return ports() - 1;
}

int Oracle::add_spawned(int maker, std::string node) {
  const int index = add_port(-1, std::move(node), Port());
  ports_[at(index)].spawned = true;
  ports_[at(index)].maker = maker;
  return index;
}

void Oracle::begun(int life, int index) {
  PortFacts& facts = ports_[at(index)];
  if (facts.life >= 0) violated("port " + number(index) + " was spawned twice");
  if (lives_[at(life)].ended) violated("port " + number(index) + " begins after its node's end");
  if (lives_[at(life)].node != facts.node) {
    violated("port " + number(index) + " was spawned on " + lives_[at(life)].node + " instead of " +
             facts.node);
  }
  facts.life = life;
}

void Oracle::dies(int index, Message reason) {
  PortFacts& facts = ports_[at(index)];
  if (facts.dead) violated("port " + number(index) + " dies twice");
  if (!facts.doomed && !facts.linked && !for_want_of_memory(facts, reason)) {
    violated("port " + number(index) + " dies unasked, of " + reason.json());
  }
  facts.dead = facts.doomed = true;
  facts.reasons.insert(reason.json());
}

bool Oracle::for_want_of_memory(const PortFacts& facts, Message reason) const {
  if (facts.life < 0 || !lives_[at(facts.life)].memory_fails || reason.empty()) return false;
  const std::string json = reason.json();
  return reason.tag() == "no_memory" || json == "[\"die\",\"std::bad_alloc\"]";
}

void Oracle::may_die_of(int index, std::string reason) {
  ports_[at(index)].reasons.insert(std::move(reason));
}

void Oracle::doomed(int index, std::string reason) {
  doomed(index);
  may_die_of(index, std::move(reason));
}

void Oracle::linked(int index) {
  doomed(index);
  ports_[at(index)].linked = true;
}

int Oracle::send(int life, int index) {
  Stream& stream = streams_[{life, index}];
  const std::uint64_t fires = lives_[at(life)].others[ports_[at(index)].node].fires;
  stream.sent.push_back({stream.generation, stream.monitors > 0, fires});
  return static_cast<int>(stream.sent.size()) - 1;
}

void Oracle::unsent(int life, int index) { streams_[{life, index}].sent.pop_back(); }

void Oracle::received(int life, int at_port, int sender, int index, int n) {
  const std::string who = "message " + number(n) + " of life " + number(sender) + " (" +
                          lives_[at(sender)].node + ") to port " + number(index);
  ++deliveries;
  if (at_port != index) violated(who + " came to port " + number(at_port));
  const PortFacts& facts = ports_[at(at_port)];
  if (facts.life != life) violated(who + " came to life " + number(life));
  if (lives_[at(life)].ended) violated(who + " came after the end of its life");
  if (facts.dead) violated(who + " came after the death of the port");
  const bool local = sender == life;
  if (!local) {
    ++remote_deliveries;
    if (!sees_up(life, lives_[at(sender)].node)) violated(who + " came while the node was down");
  }
  Stream& stream = streams_[{sender, index}];
  if (n <= stream.received || n >= static_cast<int>(stream.sent.size())) {
    violated(who + " came after message " + number(stream.received));
    return;
  }
  if (!local) check_life(life, sender, who);
  check_hole(stream, n, local, who);
  stream.received = n;
}

// Between messages of two lives of one node it must have been seen to go and come.
void Oracle::check_life(int life, int sender, const std::string& who) {
  const std::string& node = lives_[at(sender)].node;
  Talking& talking = talking_[{life, node}];
  const int ups = lives_[at(life)].others[node].ups;
  if (talking.sender >= 0 && talking.sender != sender && talking.ups == ups) {
    violated(who + " came before the end of the life before was told");
  }
  talking = {sender, ups};
}

void Oracle::check_hole(const Stream& stream, int n, bool local, const std::string& who) {
  const Stream::Sent& came = stream.sent[at(n)];
  for (int lost = stream.received + 1; lost < n; ++lost) {
    ++gaps;
    const Stream::Sent& missing = stream.sent[at(lost)];
    if (local) return violated(who + " came, but " + number(lost) + " did not, on one node");
    // Sent when the monitors of a lost link had begun to fire, and come when this one had too.
    const bool behind = came.fires > missing.fires && stream.generation > missing.generation;
    if (missing.monitored && missing.generation >= came.generation && !behind) {
      return violated(who + " came, but " + number(lost) + " did not, and no monitor fired");
    }
  }
}

std::vector<std::string> Oracle::missing() const {
  std::vector<std::string> all;
  for (const auto& [key, stream] : streams_) {
    const PortFacts& facts = ports_[at(key.second)];
    const int count = static_cast<int>(stream.sent.size());
    if (facts.doomed || facts.too_big || facts.life < 0 || stream.received == count - 1) continue;
    if (lives_[at(key.first)].ended || lives_[at(facts.life)].ended) continue;
    all.push_back("of " + number(count) + " messages of life " + number(key.first) + " to port " +
                  number(key.second) + " the last that came is " + number(stream.received));
  }
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const PortFacts& facts = ports_[i];
    if (facts.life < 0) {
      if (!lives_[at(facts.maker)].ended)
        all.push_back("port " + std::to_string(i) + " never began");
    } else if (facts.doomed && !facts.linked && !facts.dead && !lives_[at(facts.life)].ended) {
      all.push_back("port " + std::to_string(i) + " was killed and lives");
    }
  }
  return all;
}

int Oracle::last_words(int index, std::string reason, int to) {
  words_.push_back({to, ports_[at(index)].life, index, std::move(reason), 0});
  return static_cast<int>(words_.size()) - 1;
}

int Oracle::farewell(int life, int to) {
  const auto& hearer = lives_[at(ports_[at(to)].life)].others;
  const auto found = hearer.find(lives_[at(life)].node);
  words_.push_back({to, life, -1, {}, found == hearer.end() ? -1 : found->second.ups});
  return static_cast<int>(words_.size()) - 1;
}

void Oracle::heard(int token) {
  if (std::exchange(words_[at(token)].heard, true)) violated("words came twice");
}

int Oracle::monitor(int life, int index) {
  ++streams_[{life, index}].monitors;
  monitors_.push_back({life, index, false, false, ++order_});
  const int m = static_cast<int>(monitors_.size()) - 1;
  by_target_[{life, index}].push_back(m);
  return m;
}

bool Oracle::pending(int m) const { return !monitors_[at(m)].fired && !monitors_[at(m)].cancelled; }

void Oracle::cancel(int m) {
  MonitorFacts& facts = monitors_[at(m)];
  if (!pending(m)) return;
  facts.cancelled = true;
  Stream& stream = streams_[{facts.life, facts.port}];
  --stream.monitors;
  ++stream.generation;
  std::erase(by_target_[{facts.life, facts.port}], m);
}

std::string Oracle::name(const MonitorFacts& m) const {
  return "the monitor of life " + number(m.life) + " (" + lives_[at(m.life)].node + ") of port " +
         number(m.port);
}

void Oracle::fired(int m, Message reason) {
  MonitorFacts& facts = monitors_[at(m)];
  const std::string json = reason.json();
  if (facts.fired) violated(name(facts) + " fires twice, now with " + json);
  if (facts.cancelled) violated(name(facts) + " fires though it was cancelled");
  if (lives_[at(facts.life)].ended) violated(name(facts) + " fires after the end of its life");
  facts.fired = true;
  ++order_;
  Stream& stream = streams_[{facts.life, facts.port}];
  --stream.monitors;
  ++stream.generation;
  std::erase(by_target_[{facts.life, facts.port}], m);
  ++fired_per_reason[reason.empty() ? "normal" : std::string(reason.tag())];
  check_reason(facts, json, reason);
}

int Oracle::crowd(int life, int index) {
  crowds_.push_back({life, index, ++order_});
  return static_cast<int>(crowds_.size()) - 1;
}

void Oracle::joins(int c) { ++crowds_[at(c)].pending; }

void Oracle::crowd_fires(int c, Message reason) {
  Crowd& crowd = crowds_[at(c)];
  crowd.fires = true;
  if (crowd.pending-- == 0) {
    violated("more monitors of port " + number(crowd.port) + " fire than life " +
             number(crowd.life) + " has set");
  }
  if (lives_[at(crowd.life)].ended) violated("a crowd fires after the end of its life");
  begins_to_fire(crowd.life, crowd.port, reason);
}

void Oracle::gave_up(int life, const std::string& node, Message reason,
                     std::chrono::nanoseconds now, std::chrono::nanoseconds monitor_timeout) {
  if (!reason.get<std::string>(2).value_or("").starts_with("no connection to node " + node)) return;
  const auto waited = now - lives_[at(life)].others[node].seen;
  if (waited >= monitor_timeout) return;
  using std::chrono::milliseconds;
  violated(lives_[at(life)].node + " (life " + number(life) + ") gives up " + node + " after " +
           number(std::chrono::duration_cast<milliseconds>(waited).count()) +
           " ms: " + reason.json());
}

void Oracle::begins_to_fire(int life, int index, Message reason) {
  ++order_;
  const std::string word = reason.empty() ? std::string() : std::string(reason.tag());
  if (word != "transport_error" && word != "overrun") return;
  Life::Other& other = lives_[at(life)].others[ports_[at(index)].node];
  ++other.fires;
  if (other.up && other.fires_from == 0) other.fires_from = order_;
}

void Oracle::check_reason(const MonitorFacts& m, const std::string& json, Message reason) {
  const PortFacts& facts = ports_[at(m.port)];
  const std::string what = name(m) + " fires with " + json;
  const std::string word = reason.empty() ? std::string() : std::string(reason.tag());
  if (word == "transport_error" || word == "overrun") {
    begins_to_fire(m.life, m.port, reason);
    if (facts.linked) return;
    if (reason.size() < 2 || reason.get<std::string>(1).value_or("") != facts.node) {
      violated(what + ", which names another node than " + facts.node);
    }
    if (facts.life == m.life) violated(what + " on the port's own node");
    return;
  }
  if (word == "too_big") {
    if (!facts.too_big && !facts.linked) violated(what + ", but nothing was");
    return;
  }
  if (word == "no_such_port") {
    const bool gone = facts.doomed || facts.spawned || lives_[at(facts.life)].ended;
    if (!gone) violated(what + ", but it lives");
    return;
  }
  if (for_want_of_memory(facts, reason)) return;
  if (!facts.linked && !facts.reasons.contains(json)) violated(what + ", which nobody said");
  if (facts.life < 0 && !facts.linked) violated(what + ", but it never began");
  check_words(m, json);
}

void Oracle::check_words(const MonitorFacts& m, const std::string& json) {
  for (const Words& words : words_) {
    if (words.port != m.port || words.heard || words.reason != json) continue;
    const PortFacts& to = ports_[at(words.to)];
    if (to.life != m.life || to.doomed || to.dead || to.too_big) continue;
    violated(name(m) + " fires with " + json + " before the last words came to port " +
             number(words.to));
  }
}

int Oracle::call(int life) {
  calls_.push_back({life});
  return static_cast<int>(calls_.size()) - 1;
}

void Oracle::answered(int c, bool ok, Message reason) {
  Call& facts = calls_[at(c)];
  if (std::exchange(facts.answered, true)) violated("call " + number(c) + " is answered twice");
  if (lives_[at(facts.life)].ended) violated("call " + number(c) + " is answered after the end");
  if (ok) ++calls_ok;
  if (!ok && !reason.empty() && reason.tag() == "timeout") ++fired_per_reason["timeout"];
}

std::size_t Oracle::unanswered() const {
  return static_cast<std::size_t>(std::count_if(calls_.begin(), calls_.end(), [&](const Call& c) {
    return !c.answered && !lives_[at(c.life)].ended;
  }));
}

void Oracle::check_settled() {
  if (unanswered() > 0) violated("calls that nobody answered");
  for (std::size_t i = 0; i < monitors_.size(); ++i) {
    const MonitorFacts& facts = monitors_[i];
    if (!pending(static_cast<int>(i)) || lives_[at(facts.life)].ended) continue;
    violated(name(facts) + " never fired");
  }
  for (const Crowd& crowd : crowds_) {
    if (crowd.pending == 0 || lives_[at(crowd.life)].ended) continue;
    violated(number(crowd.pending) + " monitors of life " + number(crowd.life) + " of port " +
             number(crowd.port) + " never fired");
  }
}

}  // namespace aemp::story
