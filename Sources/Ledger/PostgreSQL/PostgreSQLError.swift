#if PostgreSQL
    internal import CPostgreSQL
    internal import Reconciliation

    extension ServerError {
        /// What a result says that is none.
        /// - Parameter isConnected: whether the connection is still there.
        init(postgreSQL result: OpaquePointer?, isConnected: Bool, otherwise: String) {
            func field(_ code: UInt8) -> String? {
                PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
            }
            let state = field(UInt8(ascii: "C"))
            // The primary message alone: details quote whole rows of the application's.
            self.init(
                state: state ?? "", message: field(UInt8(ascii: "M")) ?? otherwise, isConnected: isConnected,
                isConnecting: false)
        }

        /// What kept a connection from being made, told with all that libpq knows (`PQERRORS_VERBOSE`): there is no other way
        /// to the SQLSTATE, and the words are in the server's language.
        init(connecting handle: OpaquePointer?) {
            let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
            let lines = text.split(separator: "\n")
            if let (state, message) = lines.compactMap(\.said).last {
                self.init(state: state, message: message, isConnected: false, isConnecting: true)
            } else {
                let message = lines.first.map(String.init) ?? "no connection"
                if Self.isAboutTrust(message) {
                    self.init(kind: .untrusted, code: "", message: Redaction.clean(message))
                } else {
                    self.init(state: "", message: message, isConnected: false, isConnecting: true)
                }
            }
        }

        private init(state: String, message: String, isConnected: Bool, isConnecting: Bool) {
            let kind =
                Self.kind(ofPooler: message, state) ?? Self.kind(connecting: state, isConnecting)
                ?? Self.kind(of: state)
            self.init(kind: kind ?? (isConnected ? .other : .lost), code: state, message: Redaction.clean(message))
        }

        /// libpq's own words, which are English where the program chooses no other language.
        private static func isAboutTrust(_ message: String) -> Bool {
            ["certificate", "does not support SSL"].contains(where: message.contains)
        }

        /// PgBouncer has one SQLSTATE for nearly all it says itself, and always says it in English.
        private static func kind(ofPooler message: String, _ state: String) -> Kind? {
            guard state.isEmpty || state == "08P01" else { return nil }
            let kinds: [(String, Kind)] = [
                ("no more connections allowed", .tooMany), ("query_wait_timeout", .tooMany),
                ("max_user_connections", .tooMany),
                ("no such user", .refused), ("no such database", .refused), ("authentication failed", .refused),
                ("auth failed", .refused), ("not allowed", .refused), ("query_timeout", .slow),
            ]
            return kinds.first { message.contains($0.0) }?.1
        }

        private static func kind(connecting state: String, _ isConnecting: Bool) -> Kind? {
            // No CONNECT privilege; a database that takes no connections.
            isConnecting && ["42501", "55000"].contains(state) ? .refused : nil
        }

        /// By SQLSTATE; nil for one that says nothing of what to do.
        private static func kind(of state: String) -> Kind? {
            if let kind = kinds[state] { return kind }
            return kindsOfClasses[String(state.prefix(2))]
        }

        private static let kinds: [String: Kind] = [
            "0A000": .schema,
            "25006": .readOnly,
            "25P03": .lost,
            // Whether the statement was completed is unknown.
            "40003": .lost,
            "40002": .rejected,
            "42501": .forbidden,
            "53300": .tooMany,
            "55P03": .busy,
            "55006": .busy,
            "57014": .slow,
            "57P01": .lost,
            "57P02": .lost,
            "57P03": .lost,
            "57P04": .lost,
            "57P05": .lost,
            "XX001": .damaged,
            "XX002": .damaged,
        ]

        private static let kindsOfClasses: [String: Kind] = [
            "08": .lost,
            "21": .rejected,
            "22": .rejected,
            "23": .rejected,
            "27": .rejected,
            "28": .refused,
            "38": .rejected,
            "39": .rejected,
            "3D": .refused,
            "3F": .schema,
            "40": .retry,
            "42": .schema,
            "44": .rejected,
            "53": .full,
            // A value too large for an index, and the like.
            "54": .rejected,
            "58": .damaged,
            "P0": .rejected,
        ]
    }

    extension Substring {
        /// Of a line `connection to server at … failed: FATAL:  28P01: …`; nil where there is no SQLSTATE in it.
        fileprivate var said: (state: String, message: String)? {
            guard let severity = firstRange(of: ":  "), case let said = self[severity.upperBound...],
                said.prefix(5).isSQLState, said.dropFirst(5).hasPrefix(": ")
            else { return nil }
            return (String(said.prefix(5)), String(said.dropFirst(7)))
        }

        /// Five capitals or digits.
        fileprivate var isSQLState: Bool {
            utf8.count == 5
                && utf8.allSatisfy {
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (0x41...0x5a).contains($0)
                }
        }
    }
#endif
