/// A row of the history: one channel of one message, by their places in the model.
struct HistoryRow: Sendable {
    var message: Int
    var channel: Int

    static let rowsPerMessage: Int64 = 16
    private static let numbers: Int64 = 1 << 48
    /// Odd, so that every row gets a number of its own; near the golden section of `numbers`, so that neighbours end
    /// up far apart.
    private static let stride: Int64 = 173_961_102_589_771

    /// The cursor behind this row where rows go by time.
    var number: Int64 { Int64(message + 1) * Self.rowsPerMessage + Int64(channel) }

    /// The cursor behind this row where they are shuffled: a fixed order in which the channels of one message are
    /// pages apart.
    var shuffledNumber: Int64 { (number &* Self.stride) & (Self.numbers - 1) }
}
