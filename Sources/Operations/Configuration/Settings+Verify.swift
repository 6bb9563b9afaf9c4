package import Reconciliation

extension Settings {
    /// What is asked about the account as a whole, and held against the rows.
    package struct Verify: Sendable, Equatable {
        /// Between two looks; nil: nothing is verified.
        package var every: Duration? = .seconds(3600)
        /// Since midnight in `time_zone`: when the whole day before is verified.
        package var dayAt = Duration.seconds(4 * 3600 + 30 * 60)
        /// Holds the keys of sender profiles, one a line; nil: none is looked at.
        package var senderKeysFile: String?
    }

    /// Nil where nothing is verified: it is switched off, or this generation of the API has no such questions.
    package var verification: VerificationSchedule? {
        guard api.generation == .comm, let every = verify.every else { return nil }
        return VerificationSchedule(every: every, dayAt: verify.dayAt, zone: zone)
    }
}

extension Settings.Verify {
    init(_ reader: ObjectReader) {
        let isOff = reader.member("every") != nil && !reader.isGiven("every")
        every = isOff ? nil : reader.duration("every", otherwise: .seconds(3600), atMost: .seconds(86_400))
        dayAt = reader.value("day_at", otherwise: dayAt) { value throws(Refusal) in
            guard case .string(let text) = value, let time = Self.timeOfDay(text) else {
                throw .expected("a time of day such as \"04:30\"")
            }
            return time
        }
        senderKeysFile = reader.optionalFile("sender_keys_file")
        reader.finish()
    }

    /// `04:30`
    private static func timeOfDay(_ text: String) -> Duration? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [0, 1, 3, 4].map { Int(bytes[$0]) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours < 24, minutes < 60 else { return nil }
        return .seconds((hours * 60 + minutes) * 60)
    }
}
