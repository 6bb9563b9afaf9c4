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

    /// The `requestId` a `msgKey` belongs to: all but its last three characters.
    static func requestId(of msgKey: String) -> String {
        String(msgKey.dropLast(3))
    }
}
