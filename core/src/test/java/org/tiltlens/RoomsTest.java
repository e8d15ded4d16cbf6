package org.tiltlens;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Lanes;

/** Who may enter whom, and where each library lives. */
class RoomsTest {
  private static final JavaClasses HOUSE = Rooms.classes();

  /** The share of the main code beyond which a room is a drawer. */
  private static final double LARGEST_SHARE = 0.1;

  @TestFactory
  Stream<DynamicTest> usesWhatItMayAndNothingElse() {
    var actual = Rooms.actual(HOUSE);
    assertThat(actual.keySet()).isEqualTo(Rooms.allowed().keySet());
    return Rooms.allowed().entrySet().stream()
        .map(
            room ->
                DynamicTest.dynamicTest(
                    room.getKey(),
                    () -> assertThat(actual.get(room.getKey())).isEqualTo(room.getValue())));
  }

  @Test
  void innerRoomsSayThatTheyAre() throws IOException {
    for (String room : Rooms.allowed().keySet()) {
      boolean says =
          Files.readString(Rooms.description(Path.of(".."), room))
              .contains("<p>Serves the commands: not for use from outside");
      assertThat(says).as(room).isEqualTo(Rooms.INNER.contains(room));
    }
  }

  @Test
  void pictureIsTheOneDrawnNow() throws IOException {
    assertThat(Files.readString(Path.of("../docs/rooms.svg")))
        .as("run scripts/tool org.tiltlens.RoomsPicture docs/rooms.svg")
        .isEqualTo(RoomsPicture.svg(Path.of("..")));
  }

  @Test
  void benchmarksStayOutsideToo() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/jmh/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        for (String room : Rooms.INNER) {
          assertThat(file).content().doesNotContain("org.tiltlens." + room + ".");
        }
      }
    }
  }

  @Test
  void noUserSeesAnInnerRoom() {
    assertThat(PublicSignatures.thatShowInnerRooms(HOUSE)).isEmpty();
  }

  /** Its users have settings, which stand in backquotes; the command line shows them as options. */
  @Test
  void noMessageSpeaksOfOptions() throws IOException {
    Pattern option = Pattern.compile("\"[^\"\\n]*--[a-z]");
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      assertThat(files.filter(path -> path.toString().endsWith(".java")))
          .hasSizeGreaterThan(100)
          .allSatisfy(file -> assertThat(file).content().doesNotContainPattern(option));
    }
  }

  @Test
  void noWayLeadsBack() {
    slices().matching("org.tiltlens.(*)..").should().beFreeOfCycles().check(HOUSE);
  }

  @Test
  void noRoomIsADrawer() throws IOException {
    Map<String, Long> lines = new HashMap<>();
    Path main = Path.of("src/main/java/org/tiltlens");
    try (Stream<Path> files = Files.walk(main)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        try (Stream<String> text = Files.lines(file)) {
          lines.merge(main.relativize(file).getName(0).toString(), text.count(), Long::sum);
        }
      }
    }
    long all = lines.values().stream().mapToLong(Long::longValue).sum();
    assertThat(lines.values()).allMatch(room -> room < LARGEST_SHARE * all, "at most 10 %");
  }

  @Test
  void onlyTorchKnowsTheEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.tiltlens.torch")
        .should()
        .dependOnClassesThat(
            new DescribedPredicate<>("belong to JavaCPP or are engine classes other than Tensor") {
              @Override
              public boolean test(JavaClass type) {
                String name = type.getName();
                return name.startsWith("org.bytedeco.javacpp")
                    || (name.startsWith("org.bytedeco.pytorch")
                        && !name.startsWith("org.bytedeco.pytorch.Tensor"))
                    || name.equals("org.bytedeco.pytorch.TensorVector");
              }
            })
        .because("the engine's traps are solved in org.tiltlens.torch alone")
        .check(HOUSE);
  }

  /** A card needs many images together, and room for fewer where it is full. */
  @Test
  void onlyBatchingSpreadsWorkOverLanes() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(Batching.class)
        .should()
        .callMethod(Lanes.class, "map", int.class, IntFunction.class)
        .because("how many images go through a network together is decided in one place")
        .check(HOUSE);
  }

  @TestFactory
  Stream<DynamicTest> librariesAreAtHome() {
    return Stream.of(
            home("org.duckdb..", "harvest", "parquet"),
            home("java.sql..", "corpus", "harvest", "parquet"),
            home("gg.jte..", "page"),
            home("org.jsoup..", "text"),
            home("org.knowm.xchart..", "chart", "compare", "frontier"),
            home("org.apache.batik..", "chart"),
            home("net.razorvine..", "checkpoint"),
            home("javax.imageio..", "corpus", "run", "torch"),
            home("picocli.."))
        .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(HOUSE)));
  }

  private static com.tngtech.archunit.lang.ArchRule home(String library, String... rooms) {
    String[] homes = Stream.of(rooms).map(room -> "org.tiltlens." + room).toArray(String[]::new);
    // What the build makes of the templates lies in the rooms of what they show.
    return noClasses()
        .that()
        .resideOutsideOfPackages(homes)
        .and()
        .haveSimpleNameNotStartingWith("Jte")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .as(library + " is at home in " + List.of(rooms))
        .allowEmptyShould(true);
  }

  @Test
  void tiltingIsPlainJava() {
    classes()
        .that()
        .resideInAPackage("org.tiltlens.tilting")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("org.tiltlens.tilting", "java..")
        .check(HOUSE);
  }
}
