extension Settings {
    /// When people are told, and how often.
    package struct Alerts: Sendable, Equatable {
        /// How long a new alert waits for more of its kind.
        package var groupWait = Duration.seconds(30)
        package var repeatEvery = Duration.seconds(4 * 3600)
        package var keepFiringFor = Duration.seconds(600)
        package var language = Language.english
        package var pendingAgingAfter = Duration.seconds(2 * 3600)
        /// Messages.
        package var backlogAbove = 10_000
        package var webhookGap = WebhookGap()
        package var sinks = [Sink(name: "log", kind: .log)]

        package init() {}
    }

    /// Of summaries.
    package enum Language: String, Sendable, CaseIterable {
        case english = "en"
        case korean = "ko"
    }

    /// When the webhook path counts as broken.
    package struct WebhookGap: Sendable, Equatable {
        /// 0…1 of the messages settled in the window.
        package var share = 0.5
        /// Fewer settled messages say nothing.
        package var atLeast = 20
        package var window = Duration.seconds(3600)

        package init() {}
    }
}

extension Settings.Alerts {
    init(_ reader: ObjectReader) {
        self.init()
        groupWait = reader.duration("group_wait", otherwise: groupWait, allowsZero: true)
        repeatEvery = reader.duration("repeat_every", otherwise: repeatEvery)
        keepFiringFor = reader.duration("keep_firing_for", otherwise: keepFiringFor, allowsZero: true)
        language = reader.choice("language", otherwise: language)
        pendingAgingAfter = reader.duration("pending_aging_after", otherwise: pendingAgingAfter)
        backlogAbove = reader.integer("backlog_above", otherwise: backlogAbove, in: 0...1_000_000_000)
        webhookGap = Settings.WebhookGap(reader.section("webhook_gap"))
        readSinks(reader)
        reader.finish()
    }

    private mutating func readSinks(_ reader: ObjectReader) {
        guard let elements = reader.sections("sinks") else { return }
        if elements.isEmpty, reader.isSound("sinks") {
            reader.warning("sinks", "empty: nobody is told of any alert")
        }
        sinks = []
        for element in elements {
            guard let sink = Settings.Sink(element) else { continue }
            if sinks.contains(where: { $0.name == sink.name }) {
                element.problem(
                    "name", "a second sink named \(ConfigValue.quoted(sink.name)); give one of them another name")
            }
            sinks.append(sink)
        }
    }
}

extension Settings.WebhookGap {
    init(_ reader: ObjectReader) {
        self.init()
        share = reader.number("share", otherwise: share, "a number from 0 to 1") { (0...1).contains($0) }
        atLeast = reader.integer("at_least", otherwise: atLeast, in: 1...1_000_000_000)
        window = reader.duration("window", otherwise: window)
        reader.finish()
    }
}
