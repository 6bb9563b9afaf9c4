/// What is to happen to one report's webhook, drawn from the seed: pure, and the same however often it is asked.
struct WebhookFate: Sendable, Equatable {
    /// Milliseconds after maturing at which it is sent; none = lost.
    var sendings: [Int64]
    var isLost: Bool { sendings.isEmpty }
    var isRepeated: Bool { sendings.count > 1 }
    var isDelayed: Bool { sendings.first.map { $0 > 0 } ?? false }

    init(_ report: ReportView, _ configuration: WebhookConfiguration, seed: UInt64) {
        // By key, not by order: a report keeps its fate however the others' timing turns out. FNV-1a.
        var stream: UInt64 = 0xCBF2_9CE4_8422_2325 &+ UInt64(report.channel)
        for byte in report.message.msgKey.utf8 { stream = (stream ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var generator = SeededGenerator(seed: seed, stream: stream)
        let isLost = generator.unit() < configuration.lostShare
        let isRepeated = generator.unit() < configuration.repeatedShare
        let isDelayed = generator.unit() < configuration.delayedShare
        guard !isLost else {
            sendings = []
            return
        }
        let first = isDelayed ? configuration.delayMilliseconds : 0
        sendings = isRepeated ? [first, first + 50] : [first]
    }
}
