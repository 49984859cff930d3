-- CreateTable
CREATE TABLE "students" (
    "id" SERIAL NOT NULL,
    "name" VARCHAR(64) NOT NULL,
    "score" DECIMAL(5,2) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "students_pkey" PRIMARY KEY ("id"),
    -- By hand, Prisma has no word for it. NaN is above every number here, and so refused.
    CONSTRAINT "students_score_range" CHECK ("score" BETWEEN 0 AND 150)
);

-- CreateIndex
CREATE UNIQUE INDEX "students_name_key" ON "students"("name");
