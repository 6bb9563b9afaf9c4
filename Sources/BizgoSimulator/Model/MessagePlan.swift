/// One accepted message and the truth about it, present and future.
package struct MessagePlan: Sendable, Equatable {
    /// The request's id and three characters more.
    package var msgKey: String
    /// Milliseconds since 1970.
    package var acceptedAt: Int64
    /// A made-up phone number.
    package var to: String
    /// As the sender gave it.
    package var groupKey: String?
    /// As the sender gave it.
    package var ref: String?
    /// The channels in the order in which they are tried.
    package var channels: [ChannelPlan]
    /// Whether its reports are offered by webhook or polling as they mature. Messages loaded directly are silent by
    /// default: a backlog is what is left after the webhooks were lost.
    package var announced: Bool
    /// The outcome drawn; nil where the channels were given explicitly.
    package var outcome: PlannedOutcome?

    /// A message with explicit channels.
    package init(
        msgKey: String, acceptedAt: Int64, to: String = "01000000001", groupKey: String? = nil, ref: String? = nil,
        channels: [ChannelPlan], announced: Bool = false, outcome: PlannedOutcome? = nil
    ) {
        self.msgKey = msgKey
        self.acceptedAt = acceptedAt
        self.to = to
        self.groupKey = groupKey
        self.ref = ref
        self.channels = channels
        self.announced = announced
        self.outcome = outcome
    }

    /// Whether pages of the history leave it out where a share of all messages is to be: the CRC-32 of its key as a
    /// fraction of 2³², so that a test can tell which (in Python `zlib.crc32(key) < share * 2**32`).
    func isMissingFromHistory(share: Double) -> Bool {
        share > 0 && Double(CRC32.of(Array(msgKey.utf8)).value) < share * 0x1p32
    }

    /// Whether pages of the history leave out this channel where, of a share of the messages with several, they hide those
    /// that delivered: the CRC-32 of `hidden/` and its key as a fraction of 2³².
    func isHiddenInHistory(_ channel: ChannelPlan, share: Double) -> Bool {
        share > 0 && channels.count > 1 && channel.reportCode == "10000"
            && Double(CRC32.of(Array("hidden/".utf8) + Array(msgKey.utf8)).value) < share * 0x1p32
    }

    /// The `requestId` a `msgKey` belongs to: all but its last three characters.
    static func requestId(of msgKey: String) -> String {
        String(msgKey.dropLast(3))
    }
}

/// What one channel of a message does, and when it becomes visible. Times are milliseconds since 1970.
package struct ChannelPlan: Sendable, Equatable {
    /// The channel.
    package var channel: Channel
    /// From then on the channel is listed by message status: tried, in flight.
    package var startsAt: Int64
    /// The report's code; nil = no report will ever come.
    package var reportCode: String?
    /// The report's text.
    package var reportText: String?
    /// From then on the report can be had. Meaningless without a code.
    package var visibleAt: Int64
    /// What the report says about when it was sent; nil = `startsAt`.
    package var sendTime: Int64?
    /// What the report says about when it was made; nil = `visibleAt`.
    package var reportTime: Int64?

    /// Plans a channel; without a code it stays in flight for ever.
    package init(
        _ channel: Channel, startsAt: Int64, reportCode: String? = nil, reportText: String? = nil,
        visibleAt: Int64? = nil, sendTime: Int64? = nil, reportTime: Int64? = nil
    ) {
        self.channel = channel
        self.startsAt = startsAt
        self.reportCode = reportCode
        self.reportText = reportText
        self.visibleAt = visibleAt ?? startsAt
        self.sendTime = sendTime
        self.reportTime = reportTime
    }

    /// The report's code where there is a report by now.
    func visibleCode(now: Int64) -> String? {
        visibleAt <= now ? reportCode : nil
    }
}

/// One channel of a message flow, in the order in which they are tried.
package struct Channel: Sendable, Equatable {
    /// `ALIMTALK`, `SMS`, `MMS`, `RCS`, `BRANDMESSAGE`, …
    package var serviceType: String
    /// `AT`, `SM`, …
    package var messageType: String

    /// Names a channel.
    package init(serviceType: String, messageType: String) {
        self.serviceType = serviceType
        self.messageType = messageType
    }

    /// AlimTalk, the plain text kind.
    package static let alimtalk = Channel(serviceType: "ALIMTALK", messageType: "AT")
    /// SMS.
    package static let sms = Channel(serviceType: "SMS", messageType: "SM")

    /// The channel of a `messageFlow` item with this key; nil for one the API does not know.
    init?(flowKey: String, messageType: String?) {
        switch flowKey {
        case "alimtalk": self.init(serviceType: "ALIMTALK", messageType: messageType ?? "AT")
        case "sms": self.init(serviceType: "SMS", messageType: "SM")
        case "mms": self.init(serviceType: "MMS", messageType: "MM")
        case "rcs": self.init(serviceType: "RCS", messageType: "RS")
        case "brandmessage": self.init(serviceType: "BRANDMESSAGE", messageType: messageType ?? "FT")
        case "international": self.init(serviceType: "INTERNATIONAL", messageType: "IM")
        case "navertalk": self.init(serviceType: "NAVERTALK", messageType: "NT")
        default: return nil
        }
    }
}

/// Many messages in a few words: so many sends to so many recipients each, evenly over a time. What comes of it can be
/// computed elsewhere: it takes no chance.
struct MessageSeries: Sendable {
    /// 1 or more.
    var sends: Int
    /// Of each send, 1 to 999.
    var recipients: Int
    /// Send number s, from 0, is accepted at `from + (until - from) * s / sends`, rounded down; milliseconds.
    var from: Int64
    /// See `from`.
    var until: Int64
    /// Keys are this, nine figures for the send and three for the recipient, both from zero.
    var prefix = "GEN"
    /// The outcome of recipient r of send s is number `(s * recipients + r) % outcomes.count`.
    var outcomes = mixed
    /// The channels in the order in which they are tried.
    var flow: [Channel] = [.alimtalk, .sms]

    /// Out of twenty, 17 are delivered, one fails, and two fall back: one delivered, one failed.
    static let mixed: [PlannedOutcome] =
        Array(repeating: .delivered, count: 17) + [.failed, .fallbackDelivered, .fallbackFailed]

    /// What fits in a machine's memory.
    static let maximumCount = 10_000_000

    var count: Int { sends * recipients }

    /// The messages of one send, as `planner` plans their outcomes. Those of one send with the same place in
    /// `outcomes` share their channels: a million messages are to fit in memory.
    /// - Parameter suspendedSince: those accepted from then on are refused for it, whatever their outcome was to be.
    func messages(send: Int, _ planner: OutcomePlanner, suspendedSince: Int64? = nil) -> [MessagePlan] {
        let product = UInt64(until - from).multipliedFullWidth(by: UInt64(send))
        let acceptedAt = from + Int64(UInt64(sends).dividingFullWidth(product).quotient)
        let isSuspended = suspendedSince.map { $0 <= acceptedAt } ?? false
        let outcomes = isSuspended ? [.suspended] : outcomes
        var planner = planner
        // One code to draw from is no chance.
        planner.failureCodes = Array(planner.failureCodes.prefix(1))
        var generator = SeededGenerator(seed: 0)
        let planned = outcomes.map { planner.channels($0, flow: flow, at: acceptedAt, &generator) }
        let requestId = prefix + Self.figures(send, 9)
        return (0..<recipients).map { recipient in
            let place = (send * recipients + recipient) % outcomes.count
            return MessagePlan(
                msgKey: requestId + Self.figures(recipient, 3), acceptedAt: acceptedAt, channels: planned[place],
                outcome: outcomes[place])
        }
    }

    private static func figures(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
