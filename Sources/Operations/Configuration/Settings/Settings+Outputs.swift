extension Settings {
    /// Tells somebody else that the daemon lives.
    package struct Heartbeat: Sendable, Equatable {
        package var urlFile: String?
        package var interval = Duration.seconds(300)

        package init() {}
    }

    /// For Prometheus, through node_exporter.
    package struct Metrics: Sendable, Equatable {
        package var textfile: String?

        package init() {}
    }

    /// For a browser.
    package struct StatusPage: Sendable, Equatable {
        package var file: String?

        package init() {}
    }

    /// The daemon's own log.
    package struct Log: Sendable, Equatable {
        package var level = Level.info
        package var format = Format.logfmt

        package init() {}

        /// The least that is written.
        package enum Level: String, Sendable, CaseIterable {
            case debug, info, warn, error
        }

        /// How a line is written.
        package enum Format: String, Sendable, CaseIterable {
            case logfmt, json
        }
    }
}

extension Settings.Heartbeat {
    init(_ reader: ObjectReader) {
        self.init()
        urlFile = reader.optionalFile("url_file", hidden: true)
        interval = reader.duration("interval", otherwise: interval)
        reader.finish()
    }
}

extension Settings.Metrics {
    init(_ reader: ObjectReader) {
        self.init()
        textfile = reader.optionalFile("textfile")
        reader.finish()
    }
}

extension Settings.StatusPage {
    init(_ reader: ObjectReader) {
        self.init()
        file = reader.optionalFile("file")
        reader.finish()
    }
}

extension Settings.Log {
    init(_ reader: ObjectReader) {
        self.init()
        level = reader.choice("level", otherwise: level)
        format = reader.choice("format", otherwise: format)
        reader.finish()
    }
}
