"""Words and sentences, written for this project, that the rendered training lines are made of."""

from __future__ import annotations

GERMAN_TEXT = """
der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat daß
dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr
durch man sein wurde sei hatte kann gegen vom können schon wenn habe seine ihre dann unter wir soll ich eines Jahr
zwei Jahren diese dieser wieder keine Uhr seiner worden will zwischen immer was sagte gibt alle seit muß wurden beim
doch jetzt drei neue damit bereits da ihr ihm während müssen sehr ohne Straße Grüße Füße groß größer Maß außer
außerdem draußen schließlich Schluß Schloß Gruß heiß weiß Fleiß süß Spaß stoßen gießen fließen Preußen Äpfel Ärger
Ämter Ärzte Öfen Öl Österreich Öffnung Übung Überfahrt Übergabe Überzeugung Übel Übersicht Ähnlichkeit Ökonomie Haus
Häuser Kirche Gemeinde Pfarrer Bürgermeister Schreiben Brief Nachricht Anfrage Antwort Behörde Verwaltung Rechnung
Betrag Zahlung Mark Pfennig Gulden Kreuzer Taler Quittung Vertrag Grundstück Wiese Acker Wald Mühle Bach Brücke
Bahnhof Eisenbahn Wagen Pferd Kuh Schwein Huhn Ernte Getreide Weizen Roggen Hafer Gerste Kartoffel Obst Frühling
Sommer Herbst Winter Januar Februar März April Mai Juni Juli August September Oktober November Dezember Montag
Dienstag Mittwoch Donnerstag Freitag Samstag Sonnabend Sonntag Woche Monat Tag Nacht Morgen Abend Mittag Vater
Mutter Bruder Schwester Sohn Tochter Großvater Großmutter Onkel Tante Neffe Nichte Kind Kinder Familie Universität
Professor Doktor Student Vorlesung Bücherei Zeitung Verlag Druckerei Buchhandlung Abschrift Urschrift Zeugnis
Bescheinigung Bestätigung Genehmigung Verfügung Verordnung Gesetz Paragraph Absatz Anlage Beilage betreffs bezüglich
hiermit hierdurch ergebenst hochachtungsvoll geehrter verehrter Herr Frau Fräulein Exzellenz Hochwürden gütigst
freundlichst herzlichst Empfang Eingang Ausgang erhalten gesandt übersandt zurückgeschickt mitgeteilt gebeten
ersucht bewilligt abgelehnt beschlossen verhandelt festgestellt aufgestellt ausgeführt durchgeführt eingereicht
Fabrik Maschine Dampf Kessel Arbeiter Lohn Stunde Schicht Meister Geselle Lehrling Werkstatt Werkzeug Hammer
Schrauben Krankheit Fieber Husten Krankenhaus Schwester Pflege Besserung Gesundheit Kur Bäder Sanatorium Apotheke
Arznei Königreich Kaiser Fürst Herzog Grafschaft Minister Gesandter Botschaft Konsul Regierung Landtag Reichstag
Wahl Stimme Regiment Bataillon Kompanie Hauptmann Unteroffizier Feldpost Urlaub Kaserne Quartier Marsch Übungsplatz
Grenze quer Qualität Quelle Xylophon Typus Zylinder Physik Yacht Jubiläum Café Cousine Charakter Chronik Kommission
"""

FRENCH_TEXT = """
le la les de des du un une et à il elle est en que qui ne pas dans ce pour sur au plus par je se son avec tout mais
nous vous on lui leur sans même été être avoir fait comme où très déjà après près dès voilà là ça çà façon français
française garçon leçon reçu aperçu François Noël Égypte naïf maïs haïr héroïque aiguë ambiguë cœur sœur œuvre œil
bœuf mœurs vœu nœud Œuvre hôtel hôpital côté bientôt plutôt tôt île maître naître goût août sûr mûr dû forêt fête
tête prêt intérêt fenêtre être âme âge château gâteau pâle théâtre grâce bâtiment Église École Été État Éditeur À
Être père mère frère fille fils enfant ami amie maison rue ville village campagne rivière montagne mer soleil pluie
neige vent matin soir nuit jour semaine mois année janvier février mars avril mai juin juillet août septembre
octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche monsieur madame mademoiselle docteur
ministre président préfet maire conseil commission séance procès-verbal rapport lettre réponse dépêche télégramme
journal guerre paix armée général colonel soldat bataille frontière gouvernement république loi décret arrêté
article alinéa qu'il qu'elle l'homme l'eau d'abord aujourd'hui jusqu'à presqu'île quelqu'un c'est n'est j'ai s'il
d'un d'une l'on école élève étude étranger événement évêque présent problème première dernière manière lumière
prière derrière vieux vieille nouveau nouvelle beau belle grand grande petit petite bon bonne mauvais long longue
court jeune riche pauvre heureux malheureux fort faible clair sombre lent rapide premier second troisième dixième
vingt trente quarante cinquante soixante cent mille francs centimes mètre kilomètre heure minute argent prix compte
facture reçu quittance wagon kilo képi yeux payer voyage joyeux noyer ennuyer examen exemple extrême texte taxe fixe
paix voix choix
"""

ENGLISH_TEXT = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one
you were her all she there would their we him been has when who will more no if out so said what up its about into
than them can only other new some could time these two may then do first any my now such like our over man me even
most made after also did many before must through back years where much your way well down should because each just
those people how too little state good very make world still own see men work long get here between both life being
under never day same another know while last might us great old year off come since against go came right used take
three letter secretary committee council minister government consul embassy department foreign office report minutes
meeting resolution memorandum copy enclosure reference dear sir madam faithfully sincerely obedient servant
regarding received yours yesterday quarter half pounds shillings pence dollars cents railway steamer passport
certificate emigration refugee relief funds community children school hospital physician winter summer autumn spring
January February March April May June July August September October November December Monday Tuesday Wednesday
Thursday Friday Saturday Sunday question request quite quickly require equal queer exile exact examine taxes box fix
six zone zeal organization realize size judge just joint object subject journey joy knowledge kind keep week walk
kitchen black weather whether although enough thought through neighbour daughter night light bright freight eight
height weight
"""

GERMAN_LINES = """
Wir haben Ihren werten Brief vom 3. des Monats erhalten und danken Ihnen bestens dafür.
Die Sitzung wurde um 9 Uhr eröffnet; anwesend waren zwölf Mitglieder des Ausschusses.
Hiermit bestätige ich den Empfang von 250,-- Mark (zweihundertfünfzig Mark).
Das Gesuch ist abschlägig beschieden worden, weil die nötigen Unterlagen fehlten.
Der Zug fährt früh um 6.45 Uhr ab und kommt gegen Mittag an der Grenze an.
Im Garten blühen schon die Äpfel, und die Bäume am Fluß werden grün.
Er fragte: „Wie lange müssen wir noch warten?“ und setzte sich auf die Bank.
Gemäß § 17 Absatz 2 der Verordnung ist der Antrag schriftlich zu stellen.
Bitte schicken Sie mir die fehlenden Bücher – es sind drei Bände – so bald wie möglich.
Am Sonntag gingen wir über die Brücke, dann durch den Wald bis zur alten Mühle.
Die Preise sind seit dem Frühjahr um 15 % gestiegen, die Löhne dagegen kaum.
Großvater erzählte von der Überschwemmung im Jahre 1882, als das ganze Tal unter Wasser stand.
Ausführliche Nachricht folgt; vorläufig nur soviel, daß alle gesund sind.
Anbei übersende ich Ihnen die gewünschte Abschrift in zwei Stücken.
Mit der Bitte um baldige Erledigung zeichnet hochachtungsvoll die Verwaltung.
Es ist mir leider nicht möglich gewesen, früher zu antworten.
Österreich, Ungarn und die Schweiz haben dem Abkommen zugestimmt.
Übrigens hat der Müller sein Pferd verkauft und zwei Kühe gekauft.
Die Straße ist gesperrt, weil das Pflaster zwischen Markt und Schloß erneuert wird.
Sämtliche Akten liegen beim Amt; Einsicht wird von 8 bis 12 Uhr gewährt.
Das Thermometer zeigte 21° unter Null, und der See war völlig zugefroren.
Ich weiß nicht, ob der Paß noch gültig ist oder verlängert werden muß.
Nr. 48/31 Betr.: Lieferung von Kohlen für das Schulhaus, Kostenanschlag vom 7.11.
Was die Wäsche betrifft, so fehlen noch sechs Hemden, vier Paar Strümpfe und ein Rock.
Jeder Teilnehmer erhält freie Überfahrt, Kost und ein Taschengeld von 1,50 RM je Tag.
Vorige Woche war Jahrmarkt; Karussell, Schießbude und ein Zelt mit Affen!
Der Arzt verordnete strenge Bettruhe, heiße Milch und täglich drei Löffel Arznei.
Äußerlich schien er ruhig, aber seine Hände zitterten, als er das Papier faltete.
Können Sie mir sagen, wann die nächste Post nach Übersee abgeht?
In der Anlage finden Sie: 1) den Vertrag, 2) die Quittung, 3) eine Vollmacht.
"""

FRENCH_LINES = """
J'ai l'honneur de vous accuser réception de votre lettre du 14 février dernier.
La séance est ouverte à trois heures ; le procès-verbal est lu et adopté.
« Où allez-vous ? » demanda-t-il d'une voix à peine perceptible.
Le train arriva à 7 heures du soir, avec un retard de vingt minutes.
Nous avons reçu la somme de 1.250 francs, dont quittance.
Les œuvres de charité ont été réparties entre les communes sinistrées.
Ma sœur a planté des rosiers près de l'église, à côté du vieux château.
L'été fut très chaud ; la récolte, hélas, s'en est ressentie.
Veuillez agréer, Monsieur le Ministre, l'assurance de ma haute considération.
Il y a là-bas une forêt où l'on n'entend que le vent et les oiseaux.
À l'aube, la brume couvrait la vallée ; on ne voyait même plus le clocher.
Ça ne fait rien, répondit-elle, nous reviendrons demain s'il fait beau.
Le préfet a signé l'arrêté n° 312 relatif à la police des marchés.
Dès qu'il eut achevé sa tâche, l'ouvrier rentra chez lui, fatigué mais content.
Élevé par son oncle, il apprit très tôt le métier de relieur.
Qu'est-ce que c'est que cette façon de traiter les gens ?
Le garçon apporta deux tasses de café, du pain, du beurre et un œuf.
On m'a dit que la frontière était fermée depuis le 28 août.
Hier encore, la neige bloquait le col ; aujourd'hui les voitures passent.
Les élèves étaient réunis sous le préau, immobiles, silencieux.
C'était une maison étroite, aux volets verts, qui donnait sur le quai.
Voici les comptes : recettes, 4.875 fr. 60 ; dépenses, 3.991 fr. 25.
L'aïeule, naïve et bonne, croyait tout ce qu'on lui racontait.
Être ou ne pas être prêt, là n'est pas le problème, dit l'évêque.
Jusqu'ici, aucun événement fâcheux n'est venu troubler la fête.
Le colonel exigea que les chevaux fussent pansés avant midi.
"""

ENGLISH_LINES = """
I have the honour to acknowledge the receipt of your letter of the 9th instant.
The Committee met on Tuesday at half past ten; all the members were present.
We should be much obliged if you would forward the enclosed papers without delay.
It is proposed to vote a sum of £ 2,500 for the relief of the most needy families.
The steamer is due to leave on March 17th and will call at two ports only.
No answer has yet been received to our cable, and we are growing anxious.
"Is there any news?" she asked, as the boy put down his bag.
The quality of the paper is poor, but the writing can still be read quite easily.
In view of the exceptional circumstances, the fee of $ 12.50 has been waived.
My brother works in a box factory; he earns about thirty shillings a week.
The weather has been very cold, with snow & ice on all the roads to the north.
Please find enclosed: (a) the list of names, (b) a statement of accounts.
They were judged, acquitted and sent home, just in time for the hay harvest.
Every effort will be made to find suitable work for those who wish to emigrate.
He explained that the journey takes six days by rail, or nine by road.
The hall was crowded; many people had to stand, or sit on the window sills.
Would you kindly let me know whether the question has been settled?
According to paragraph 7 of the agreement, the tenant pays half of the taxes.
We walked along the river as far as the old bridge and came back by the mill.
Our stock amounts to 1,875 yards of cloth, 320 blankets and 64 pairs of boots.
The judge asked why the key had been left in the lock all night.
Yours faithfully, for the Executive Committee of the Society.
"""

GERMAN_WORDS = GERMAN_TEXT.split()
FRENCH_WORDS = FRENCH_TEXT.split()
ENGLISH_WORDS = ENGLISH_TEXT.split()
GERMAN_SENTENCES = GERMAN_LINES.strip().splitlines()
FRENCH_SENTENCES = FRENCH_LINES.strip().splitlines()
ENGLISH_SENTENCES = ENGLISH_LINES.strip().splitlines()
