// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The commands that do one thing on another node: snd, cal, mon, call.
#include <aemp/aemp.h>

#include <string>

#include "arguments.h"
#include "client.h"
#include "commands.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

// The words from `first` on.
aemp::OwnedMessage message_of(const Options& options, std::size_t first) {
  return parse_message(std::span(options.words).subspan(first));
}

// Ends the command with this result.
void finish_with(Client& client, const std::string& line) {
  if (client.finished()) return;
  if (print_line(line)) {
    client.done();
  } else {
    client.fail({});
  }
}

void print_reply(Client& client, const Options& options, const std::string& whose,
                 const aemp::Reply& reply) {
  if (!reply.ok()) return client.fail(whose + ": " + reason_text(reply.reason()));
  const aemp::Message answer = reply.message();
  finish_with(client, options.json ? printable(answer.json()) : plain_line(answer));
}

constexpr std::size_t kAny = static_cast<std::size_t>(-1);
constexpr const char* kPortAndMessage = "a port and a message ('[]' for an empty one)";

}  // namespace

// What one node sends to one port arrives in order. So the message goes through the node port of
// its node, and so does a question behind it: with the answer, the message has been there.
int send_message(Options& options) {
  need_words(options, 2, kAny, kPortAndMessage);
  const aemp::Port port = parse_port(options.words[0]);
  const aemp::OwnedMessage message = message_of(options, 1);
  Client client(options, port.node(), "it is not known whether the message has arrived");
  aemp::Node& node = client.node();
  const aemp::Port gate = node.node_port(port.node());
  const auto fail = [&client](const aemp::Message& reason) {
    client.fail("node " + client.target() + ": " + reason_text(reason));
  };
  node.mon(gate, [fail](aemp::Message reason) { fail(reason); });
  if (port.is_node_port()) {
    node.snd(gate, message);
  } else {
    node.snd_on(port.node(), port, message);
  }
  node.cal(
      gate,
      [&](const aemp::Reply& reply) {
        if (!reply.ok()) return fail(reply.reason());
        client.done();
      },
      "time");
  return client.run();
}

int call_port(Options& options) {
  need_words(options, 2, kAny, kPortAndMessage);
  const aemp::Port port = parse_port(options.words[0]);
  const aemp::OwnedMessage message = message_of(options, 1);
  Client client(options, port.node(), options.words[0] + " sent no reply");
  client.node().cal(
      port,
      [&](const aemp::Reply& reply) { print_reply(client, options, options.words[0], reply); },
      message);
  return client.run();
}

int monitor_port(Options& options) {
  need_words(options, 1, 1, "a port");
  const aemp::Port port = parse_port(options.words[0]);
  Client client(options, port.node(), "");
  aemp::Node& node = client.node();
  node.mon_nodes([&](std::string_view id, bool up, aemp::Message) {
    if (up && id == client.target()) client.wait_forever();
  });
  node.mon(port, [&](aemp::Message reason) {
    const std::string plain = reason.empty() ? "normal" : plain_line(reason);
    finish_with(client, options.json ? printable(reason.json()) : plain);
  });
  return client.run();
}

int call_function(Options& options) {
  need_words(options, 2, kAny, "a node and a function");
  const std::string target = parse_node(options.words[0]);
  const std::string& function = options.words[1];
  const aemp::OwnedMessage message = message_of(options, 2);
  const std::string whose = "function " + quoted(function) + " of node " + target;
  Client client(options, target,
                whose + " sent no reply (it gets the port to reply to as last argument)");
  aemp::Node& node = client.node();
  node.cal(
      node.node_port(target),
      [&](const aemp::Reply& reply) { print_reply(client, options, "node " + target, reply); },
      function, message);
  return client.run();
}

int restart_node(Options& options) {
  need_words(options, 1, 1, "a node");
  const std::string target = parse_node(options.words[0]);
  Client client(options, target, "node " + target + " has not answered");
  aemp::Node& node = client.node();
  node.cal(
      node.node_port(target),
      [&](const aemp::Reply& reply) {
        if (reply.ok()) return client.done();
        client.fail("node " + target + " is not restarted: " + reason_text(reply.reason()) +
                    " (it must be one that `aemp run` supervises)");
      },
      "restart");
  return client.run();
}

}  // namespace tool
