#if MySQL
    internal import CMariaDB
    internal import Reconciliation

    extension ServerError {
        /// What a server that speaks MySQL's protocol, or the client library in its place, said.
        /// - Parameters:
        ///   - number: the server's below 2000 or from 3000, the client library's between.
        ///   - state: SQLSTATE.
        init(mysql number: UInt32, state: String, message: String) {
            let kind = Kind(mysql: number, message) ?? Kind(sqlState: state) ?? .other
            self.init(kind: kind, code: String(number), message: Redaction.clean(message))
        }

        /// Of the connection's last call.
        init(_ handle: UnsafeMutablePointer<MYSQL>) {
            self.init(
                mysql: mysql_errno(handle), state: String(cString: mysql_sqlstate(handle)),
                message: String(cString: mysql_error(handle)))
        }

        /// Of the statement's last call.
        init(statement: UnsafeMutablePointer<MYSQL_STMT>) {
            self.init(
                mysql: mysql_stmt_errno(statement), state: String(cString: mysql_stmt_sqlstate(statement)),
                message: String(cString: mysql_stmt_error(statement)))
        }
    }

    extension ServerError.Kind {
        /// - Returns: nil where SQLSTATE says enough.
        fileprivate init?(mysql number: UInt32, _ message: String) {
            switch number {
            case UInt32(CR_MIN_ERROR)...UInt32(CR_MAX_ERROR): self.init(client: number, message)
            case 9000...9010: self = number == 9007 ? .retry : .busy  // TiDB's storage; a write conflict
            default:
                guard let known = Self.table.first(where: { $0.numbers.contains(number) }) else {
                    // "Error writing file …": the storage's own number is in the words alone.
                    guard Self.writing.contains(number), Self.isAboutRoom(message) else { return nil }
                    self = .full
                    return
                }
                self = known.kind
            }
        }

        /// What the client library says by itself: mostly that it could not reach the server.
        private init(client number: UInt32, _ message: String) {
            switch Int32(number) {
            case CR_OUT_OF_MEMORY, CR_UNSUPPORTED_PARAM_TYPE: self = .other
            case CR_NET_PACKET_TOO_LARGE: self = .rejected
            case CR_NEW_STMT_METADATA: self = .schema
            case CR_AUTH_PLUGIN_CANNOT_LOAD, CR_AUTH_PLUGIN_ERR: self = .refused
            // A handshake that is broken off, or a certificate that is not believed.
            case CR_SSL_CONNECTION_ERROR:
                self =
                    ["certificate", "verif", "host", "not support"].contains(where: message.lowercased().contains)
                    ? .untrusted : .lost
            default: self = .lost
            }
        }

        /// Errors of the storage.
        private static let writing: Set<UInt32> = [3, 20, 1006, 1026, 1030, 1811]

        /// `(Errcode: 28 "No space left on device")`, `Got error 28 …`; 122 is a quota.
        private static func isAboutRoom(_ message: String) -> Bool {
            let words = message.split { !$0.isLetter && !$0.isNumber }
            return zip(words, words.dropFirst()).contains { word, number in
                ["Errcode", "errno", "error"].contains(word) && ["28", "122"].contains(number)
            }
        }

        /// The numbers of MariaDB, MySQL and TiDB, which agree where they have the same.
        private static let table: [(kind: Self, numbers: Set<UInt32>)] = [
            // The server ends, a packet is lost, the session was killed or has been idle for too long; a Galera node that is
            // cut off (1047); a commit of which nobody knows (1180); a statement that a proxy's other server does not know.
            (.lost, [1047, 1053, 1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1243, 1927, 3169, 4031]),
            // Deadlock; the row or the table has changed since; prepared once more than wanted; certification in a group; TiDB's conflicts.
            (.retry, [1020, 1213, 1412, 1613, 1614, 1615, 3101, 8002, 8005, 8022, 8028]),
            // A lock not had in time, too many transactions, no memory for one.
            (.busy, [1037, 1038, 1041, 1205, 1637, 3572]),
            // A statement ended.
            (.slow, [1317, 1907, 1969, 3024]),
            (.tooMany, [1040, 1203, 1226, 1461]),
            (
                .refused,
                [1044, 1045, 1046, 1049, 1129, 1130, 1251, 1275, 1524, 1698, 1820, 1862, 1873, 3118, 3159, 3955, 4151]
            ),
            (.forbidden, [1142, 1143, 1227, 1370, 1410, 1419]),
            (.readOnly, [1036, 1207, 1290, 1792, 1836, 1874, 3100]),
            (.full, [1021, 1114]),
            (.damaged, [126, 127, 134, 144, 145, 1033, 1034, 1035, 1194, 1195, 1712, 1812, 1815, 1817, 1932]),
            // Of values, keys, checks, foreign keys, partitions, triggers.
            (
                .rejected,
                [
                    1022, 1048, 1062, 1153, 1169, 1216, 1217, 1264, 1265, 1292, 1364, 1366, 1367, 1369, 1406, 1411,
                    1442,
                    1451, 1452, 1525, 1526, 1586, 1644, 1690, 1748, 1761, 1762, 3140, 3819, 4025,
                ]
            ),
            (
                .schema,
                [1051, 1054, 1072, 1091, 1115, 1146, 1176, 1267, 1271, 1273, 1305, 1356, 1449, 3105, 3106, 3780]
            ),
        ]

        /// By the standard's classes, for a number that is not known.
        fileprivate init?(sqlState: String) {
            switch sqlState.prefix(2) {
            case "08": self = .lost
            case "22", "23", "44", "45": self = .rejected
            case "28": self = .refused
            case "25": self = .readOnly
            case "40": self = .retry
            case "70": self = .slow
            default:
                guard sqlState == "42S02" || sqlState == "42S22" else { return nil }
                self = .schema
            }
        }
    }
#endif
