import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.util.List;

/**
 * Serves the MongoDB wire protocol on 127.0.0.1 from memory, for tests: java -cp 'JARS/*' Main.java [PORT]
 *
 * It prints its URL as one line on standard output once it listens, and ends when its standard input is
 * closed: however the test process ends, the server does not outlive it.
 */
public class Main {
  /** MongoDB 4.4, the oldest that driver 7 talks to. Of what is new in it, the stores use nothing. */
  record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

  private static final Version VERSION = new Version(List.of(4, 4, 0), 9);

  /**
   * Answers two commands as MongoDB does, which mongo-java-server does not know. Commands come one after the other, and
   * answers are copies: MongoDB reads and changes a document in one step, where this server changes it while another
   * command reads it, so that once in some thousand times a client gets half a version of a document.
   */
  static class Backend extends MemoryBackend {
    @Override
    public synchronized Document handleCommand(Channel channel, String database, String command, Document query) {
      if (command.equals("saslStart")) {
        throw new MongoServerError(18, "AuthenticationFailed", "Authentication failed.");
      }
      String known = command.equals("hello") ? "isMaster" : command;
      Document answer = super.handleCommand(channel, database, known, query);
      return answer == null ? null : answer.cloneDeeply();
    }
  }

  public static void main(String[] args) throws Exception {
    Backend backend = new Backend();
    backend.version(VERSION);
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", args.length == 0 ? 0 : Integer.parseInt(args[0]));
    System.out.println("mongodb://127.0.0.1:" + server.getLocalAddress().getPort());
    while (System.in.read() >= 0) {}
    server.shutdownNow();
  }
}
