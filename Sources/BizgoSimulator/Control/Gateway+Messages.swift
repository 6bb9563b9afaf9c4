internal import HTTP

// Loading messages and showing what is true of them.
extension Gateway {
    /// An array of messages:
    /// `{"msgKey":"…","acceptedAt":ms|"ISO 8601","to":"…","groupKey":"…","ref":"…","announce":false,
    ///   "entries":[{"serviceType":"ALIMTALK","msgType":"AT","startsAt":…,"reportCode":"10000","reportText":"…",
    ///               "visibleAt":…|"delayMs":n,"sendTime":…,"reportTime":…}]}`
    /// or, instead of `entries`, `"outcome":"delivered"` and `"flow":["alimtalk","sms"]`; with neither the outcome is
    /// drawn. Only `msgKey` is required. Nothing is loaded where one message is wrong.
    mutating func loadMessages(_ request: ServerRequest, _ moment: Moment) -> ServerResponse {
        guard let messages = JSONValue.parse(request.body)?.array else {
            return Self.refuse("expected a JSON array of messages")
        }
        var plans: [MessagePlan] = []
        plans.reserveCapacity(messages.count)
        for (index, message) in messages.enumerated() {
            do throws(SimulatorError) {
                plans.append(try plan(message, ordinal: model.messages.count + index, now: moment.provider))
            } catch {
                return Self.refuse("message \(index): \(error.description)")
            }
        }
        model.load(plans)
        return Self.ok { $0.field("loaded", plans.count) }
    }

    private func plan(_ json: JSONValue, ordinal: Int, now: Int64) throws(SimulatorError) -> MessagePlan {
        guard let msgKey = json["msgKey"]?.string, !msgKey.isEmpty else { throw SimulatorError("msgKey is missing") }
        let acceptedAt = try Self.time(json, "acceptedAt") ?? now
        var plan: MessagePlan
        if let entries = json["entries"] {
            guard let entries = entries.array else { throw SimulatorError("entries is not an array") }
            var channels: [ChannelPlan] = []
            for entry in entries { channels.append(try Self.channel(entry, acceptedAt: acceptedAt, now: now)) }
            plan = MessagePlan(msgKey: msgKey, acceptedAt: acceptedAt, channels: channels)
        } else {
            let flow = try Self.flow(json) ?? [.alimtalk, .sms]
            let name = json["outcome"]?.string
            let outcome = name.flatMap(PlannedOutcome.init)
            guard name == nil || outcome != nil else { throw SimulatorError("no such outcome: \(name ?? "")") }
            plan = model.planned(
                msgKey: msgKey, acceptedAt: acceptedAt, flow: flow, outcome: outcome, ordinal: ordinal)
        }
        plan.to = json["to"]?.string ?? plan.to
        plan.groupKey = json["groupKey"]?.string
        plan.ref = json["ref"]?.string
        plan.announced = json["announce"]?.bool ?? false
        return plan
    }

    private static func channel(
        _ json: JSONValue, acceptedAt: Int64, now: Int64
    ) throws(SimulatorError) -> ChannelPlan {
        let serviceType = json["serviceType"]?.string ?? "ALIMTALK"
        let messageType = json["msgType"]?.string ?? (serviceType == "ALIMTALK" ? "AT" : "SM")
        let startsAt = try time(json, "startsAt") ?? acceptedAt
        // A delay counts from now: "this report arrives in two seconds".
        let visibleAt = try time(json, "visibleAt") ?? json["delayMs"]?.integer.map { now + $0 } ?? startsAt
        return ChannelPlan(
            Channel(serviceType: serviceType, messageType: messageType), startsAt: startsAt,
            reportCode: json["reportCode"]?.string, reportText: json["reportText"]?.string, visibleAt: visibleAt,
            sendTime: try time(json, "sendTime"), reportTime: try time(json, "reportTime"))
    }

    /// The channels named by `flow`; nil where it is not there.
    static func flow(_ json: JSONValue) throws(SimulatorError) -> [Channel]? {
        guard let names = json["flow"]?.array else { return nil }
        let flow = names.compactMap { Channel(flowKey: $0.string ?? "", messageType: nil) }
        guard flow.count == names.count else { throw SimulatorError("flow names an unknown channel") }
        return flow
    }

    static func time(_ json: JSONValue, _ name: String) throws(SimulatorError) -> Int64? {
        guard let value = json[name], value != .null else { return nil }
        guard let time = value.time else { throw SimulatorError("\(name) is neither milliseconds nor ISO 8601") }
        return time
    }

    /// The plans as an array: `?msgKey=` one, `?requestId=` one request's, else `?from=index&limit=n` (default all).
    func listMessages(_ request: ServerRequest) -> ServerResponse {
        var plans = model.plans[...]
        if let msgKey = request.parameter("msgKey") {
            plans = [model.plan(msgKey)].compactMap { $0 }[...]
        } else if let requestId = request.parameter("requestId") {
            plans = plans.filter { MessagePlan.requestId(of: $0.msgKey) == requestId }[...]
        }
        if let from = request.parameter("from").flatMap(Int.init) { plans = plans.dropFirst(max(0, from)) }
        if let limit = request.parameter("limit").flatMap(Int.init) { plans = plans.prefix(max(0, limit)) }
        var json = JSONWriter(capacity: 256 * plans.count + 16)
        json.array { json in
            for plan in plans { Self.write(plan, &json) }
        }
        return ServerResponse(status: 200, body: json.bytes)
    }

    private static func write(_ plan: MessagePlan, _ json: inout JSONWriter) {
        json.object { json in
            json.field("msgKey", plan.msgKey)
            json.field("acceptedAt", plan.acceptedAt)
            json.field("to", plan.to)
            json.field("groupKey", ifPresent: plan.groupKey)
            json.field("ref", ifPresent: plan.ref)
            json.field("announce", plan.announced)
            json.field("outcome", ifPresent: plan.outcome?.rawValue)
            json.array("entries") { json in
                for channel in plan.channels {
                    json.object { json in
                        json.field("serviceType", channel.channel.serviceType)
                        json.field("msgType", channel.channel.messageType)
                        json.field("startsAt", channel.startsAt)
                        guard let code = channel.reportCode else { return }
                        json.field("reportCode", code)
                        json.field("reportText", ifPresent: channel.reportText)
                        json.field("visibleAt", channel.visibleAt)
                        json.field("sendTime", channel.sendTime ?? channel.startsAt)
                        json.field("reportTime", channel.reportTime ?? channel.visibleAt)
                    }
                }
            }
        }
    }
}

// Messages by the million.
extension Gateway {
    /// `{"sends":2000,"recipients":50,"from":ms|"ISO 8601","until":…,"prefix":"GEN","outcomes":["delivered",…],
    /// "flow":["alimtalk","sms"]}`; only the first four are required. ``MessageSeries`` says which messages that makes:
    /// keys, times and outcomes can be computed by the caller. Known keys are replaced.
    mutating func generate(_ request: ServerRequest) -> ServerResponse {
        guard let json = JSONValue.parse(request.body), json.object != nil else {
            return Self.refuse("expected an object")
        }
        do throws(SimulatorError) {
            let series = try Self.series(json)
            for send in 0..<series.sends {
                let suspendedSince = model.suspendedSince
                model.load(series.messages(send: send, configuration.planner, suspendedSince: suspendedSince))
            }
            return Self.ok { $0.field("loaded", series.count) }
        } catch {
            return Self.refuse(error.description)
        }
    }

    private static func series(_ json: JSONValue) throws(SimulatorError) -> MessageSeries {
        guard let sends = json["sends"]?.integer, (1...999_999_999).contains(sends) else {
            throw SimulatorError("sends: expected 1 or more")
        }
        guard let recipients = json["recipients"]?.integer, (1...999).contains(recipients) else {
            throw SimulatorError("recipients: expected 1 to 999")
        }
        guard let from = try time(json, "from"), let until = try time(json, "until"), from <= until else {
            throw SimulatorError("from and until: expected two times in order")
        }
        guard sends * recipients <= MessageSeries.maximumCount else {
            throw SimulatorError("sends × recipients: at most \(MessageSeries.maximumCount)")
        }
        var series = MessageSeries(sends: Int(sends), recipients: Int(recipients), from: from, until: until)
        series.prefix = json["prefix"]?.string ?? series.prefix
        series.flow = try flow(json) ?? series.flow
        if let names = json["outcomes"]?.array {
            let outcomes = names.compactMap { $0.string.flatMap(PlannedOutcome.init) }
            guard !outcomes.isEmpty, outcomes.count == names.count else {
                throw SimulatorError("outcomes names an unknown outcome, or none")
            }
            series.outcomes = outcomes
        }
        return series
    }
}
